package dev.twotick.ingest;

import dev.twotick.model.settings.LiveSettings;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// `GET /health`: which store answers, and whether a payload that comes now would be kept. 200 if it would and will be
/// applied one day, else 503.
final class HealthEndpoint {
    private final StoreWatch watch;
    private final LiveSettings live;
    private final Optional<CertificateWatch> certificate;

    HealthEndpoint(StoreWatch watch, LiveSettings live, Optional<CertificateWatch> certificate) {
        this.watch = watch;
        this.live = live;
        this.certificate = certificate;
    }

    /// Whether a payload that comes now is kept: a balancer sends them elsewhere, or not at all, by this.
    void showReadiness(Context ctx) {
        show(ctx, watch.accepts());
    }

    /// Whether all is as it should be, also behind the log: for people and monitors.
    void show(Context ctx) {
        show(ctx, watch.accepts() && watch.redis().unfit().isEmpty());
    }

    private void show(Context ctx, boolean serves) {
        StoreWatch.Postgres postgres = watch.postgres();
        RedisWatch.Seen redis = watch.redis();
        boolean durable = redis.isDurable();
        List<String> warnings = warnings(postgres, redis, durable);
        ctx.status(serves ? 200 : 503).contentType("application/json").result("""
                        {"status":"%s","accepts":%b,\
                        "postgres":{"answers":%b,"syncs":%b},\
                        "redis":{"answers":%b,"durable":%b},\
                        "warnings":[%s]}
                        """.formatted(
                        !serves ? "down" : warnings.isEmpty() ? "up" : "degraded",
                        watch.accepts(),
                        postgres.answers(),
                        postgres.syncs(),
                        redis.answers(),
                        durable,
                        warnings.stream().map(warning -> '"' + warning + '"').collect(Collectors.joining(","))));
    }

    private List<String> warnings(StoreWatch.Postgres postgres, RedisWatch.Seen redis, boolean durable) {
        List<String> warnings = new ArrayList<>();
        if (!postgres.answers()) {
            warnings.add("PostgreSQL takes no payloads; see the log for why");
        }
        if (!postgres.syncs()) {
            warnings.add("PostgreSQL runs with fsync or synchronous_commit off: a power cut loses payloads that were"
                    + " answered 200; switch both on");
        }
        warnings.addAll(watch.sessionWarnings());
        warnings.addAll(live.warnings());
        certificate.ifPresent(served -> warnings.addAll(served.warnings()));
        if (!redis.unfit().isEmpty()) {
            warnings.add(redis.unfit() + "; until then payloads are logged, and none is applied");
        } else if (!redis.answers()
                && watch.partitions().stream().anyMatch(one -> one.seen().answers())) {
            warnings.add("Some of Redis' masters do not answer: what lies there waits, the others take what comes");
        } else if (!redis.answers()) {
            warnings.add("Redis does not answer: payloads are logged, and pushed by requeue when it is back");
        } else if (redis.replicas().missing() > 0) {
            boolean others =
                    watch.partitions().stream().anyMatch(one -> one.seen().isDurable());
            warnings.add("%d of Redis' %d replicas are missing: while PostgreSQL is away, %s; one"
                            .formatted(
                                    redis.replicas().missing(),
                                    redis.replicas().known(),
                                    others ? "the other masters take what comes" : "Meta will be answered 503")
                    + " that is gone for good is forgotten by SENTINEL RESET, or CLUSTER FORGET");
        } else if (!durable) {
            warnings.add("Redis does not sync every write (appendonly yes, appendfsync always), or has no memory for"
                    + " one: while PostgreSQL is away, Meta will be answered 503");
        }
        return warnings;
    }
}
