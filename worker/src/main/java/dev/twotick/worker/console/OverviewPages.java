package dev.twotick.worker.console;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.jooq.impl.DSL.val;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.LivingWorkers;
import dev.twotick.queue.Partition;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.StreamState;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.Endpoints;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/// Whether all is well, on one page: what comes, what waits, what failed, who cannot be called.
final class OverviewPages {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration HEARD_OF = Duration.ofSeconds(30);
    private static final double UNREAD_SECONDS = 5;
    private static final int MOST_FAILURES = 1_000;
    private static final int SHOWN_FAILURES = 5;

    private static final String FAILURES = """
            select payload_id, item, error, failed_at from payload_failure
            where payload_id >= {0} and healed_at is null order by payload_id desc limit {1}
            """;

    private final DSLContext db;
    private final Traffic traffic;
    private final List<StreamState> streams;
    private final LivingWorkers workers;
    private final Partition first;
    private final Endpoints endpoints;
    private final Html html;
    private final InstantSource clock;
    private final SharedAnswer<Page> page = new SharedAnswer<>(this::look, System::nanoTime);

    OverviewPages(DSLContext db, Partitions redis, Endpoints endpoints, Html html, InstantSource clock) {
        this.db = db;
        this.traffic = new Traffic(db);
        this.streams = redis.all().stream().map(StreamState::new).toList();
        this.first = redis.first();
        this.workers = new LivingWorkers(first);
        this.endpoints = endpoints;
        this.html = html;
        this.clock = clock;
    }

    record Failure(UUID payloadId, String item, String error, Instant failedAt) {}

    /// @param entries in the streams, which holds only work to do
    /// @param toLog payloads that PostgreSQL does not have yet
    /// @param isRead as far as can be said: to Redis 6.2 a consumer that is given nothing seems to be gone
    record Waiting(long entries, double oldestSeconds, long toLog, boolean isRead) {
        private Waiting and(Waiting other) {
            return new Waiting(
                    entries + other.entries,
                    Math.max(oldestSeconds, other.oldestSeconds),
                    toLog + other.toLog,
                    isRead && other.isRead);
        }
    }

    /// @param roles and version, and how many workers have these
    record Workers(int living, List<String> roles) {}

    /// @param status that `ingest` last answered at that time
    record Refusal(Instant at, String status, String reason) {}

    /// What Redis knows.
    record FromRedis(Waiting waiting, Workers workers, List<Refusal> refused) {}

    /// @param redis null: it does not answer
    /// @param troubled endpoints that are not called, that fail, or that gave calls up
    /// @param failures of the last day, at most so many
    record Page(
            Traffic.Chart hour,
            Traffic.Chart day,
            @Nullable FromRedis redis,
            int failures,
            boolean moreFailures,
            List<Failure> latest,
            List<EndpointView> troubled,
            long owed) {}

    void addTo(Routes routes) {
        routes.read("/overview", this::show);
    }

    private void show(Context ctx, Visitor visitor) {
        html.show(ctx, visitor, "overview", "Overview", "overview", page.get());
    }

    private Page look() {
        Instant now = clock.instant();
        List<Failure> failures = failures(now);
        List<EndpointView> called = endpoints.glance();
        return new Page(
                traffic.chart(now, Duration.ofMinutes(1), 60),
                traffic.chart(now, Duration.ofMinutes(30), 48),
                redis(),
                failures.size(),
                failures.size() == MOST_FAILURES,
                failures.stream().limit(SHOWN_FAILURES).toList(),
                called.stream().filter(OverviewPages::isTroubled).toList(),
                called.stream().mapToLong(EndpointView::waiting).sum());
    }

    private static boolean isTroubled(EndpointView endpoint) {
        return endpoint.state() != EndpointView.State.ACTIVE
                || endpoint.failingSince() != null
                || endpoint.dead() + endpoint.parked() > 0;
    }

    private @Nullable FromRedis redis() {
        try {
            List<Waiting> waiting = streams.stream().map(OverviewPages::waiting).toList();
            return new FromRedis(waiting.stream().reduce(Waiting::and).orElseThrow(), workers(), refused());
        } catch (JedisException e) {
            return null;
        }
    }

    private static Waiting waiting(StreamState stream) {
        double oldestSeconds = stream.oldestSeconds();
        boolean isRead = oldestSeconds < UNREAD_SECONDS || stream.isRead(HEARD_OF);
        return new Waiting(stream.length(), oldestSeconds, stream.toLog(), isRead);
    }

    private Workers workers() {
        List<LivingWorkers.One> living = workers.all();
        Map<String, Long> alike = living.stream()
                .collect(groupingBy(one -> one.roles().replace("+", ", ") + " (" + one.version() + ")", counting()));
        return new Workers(
                living.size(),
                new TreeMap<>(alike)
                        .entrySet().stream()
                                .map(each -> each.getValue() + " × " + each.getKey())
                                .toList());
    }

    private List<Refusal> refused() {
        return first.redis().hgetAll(first.keys().refused()).entrySet().stream()
                .map(each -> {
                    String[] words = each.getValue().split(" ", 2);
                    String why = each.getKey().equals("401") ? "signature: " + words[1] : words[1];
                    return new Refusal(Instant.ofEpochMilli(Long.parseLong(words[0])), each.getKey(), why);
                })
                .sorted(Comparator.comparing(Refusal::at).reversed())
                .toList();
    }

    private List<Failure> failures(Instant now) {
        return db.resultQuery(FAILURES, val(PayloadId.floor(now.minus(DAY))), val(MOST_FAILURES))
                .fetch(row -> new Failure(
                        row.get("payload_id", UUID.class),
                        row.get("item", String.class),
                        row.get("error", String.class),
                        row.get("failed_at", Instant.class)));
    }
}
