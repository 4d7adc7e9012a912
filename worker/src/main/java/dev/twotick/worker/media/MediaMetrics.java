package dev.twotick.worker.media;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.Record;

/// What operators see of it. What only the database knows is asked for now and then; NaN until it was.
final class MediaMetrics {
    private static final Duration EVERY = Duration.ofSeconds(15);

    private static final String WAITING = """
        select count(*)::float8 as files,
            coalesce(greatest(0, extract(epoch from now() - min(expires_at) + interval '7 days')), 0)::float8 as oldest,
            (select count(*) from media_removal)::float8 as removals
        from media where state = 'waiting'
        """;

    private final Counter fetched;
    private final Counter retry;
    private final Counter gone;
    private final Counter failed;
    private final Counter bytes;
    private volatile double waiting = Double.NaN;
    private volatile double oldest = Double.NaN;
    private volatile double removals = Double.NaN;
    private long askNext = System.nanoTime();

    MediaMetrics(MeterRegistry registry) {
        fetched = counter(registry, "fetched");
        retry = counter(registry, "retry");
        gone = counter(registry, "gone");
        failed = counter(registry, "failed");
        bytes = Counter.builder("twotick.media.bytes")
                .description("Bytes of media that were fetched and kept")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("twotick.media.waiting", this, metrics -> metrics.waiting)
                .description("Media that are still to be fetched")
                .register(registry);
        Gauge.builder("twotick.media.waiting.oldest", this, metrics -> metrics.oldest)
                .description("How long ago the oldest of them was sent; Meta drops it after seven days")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("twotick.media.removals", this, metrics -> metrics.removals)
                .description("Files of deleted messages that are still to be deleted")
                .register(registry);
    }

    private static Counter counter(MeterRegistry registry, String outcome) {
        return Counter.builder("twotick.media.tries")
                .description("Tries to fetch media, by what came of them")
                .tag("outcome", outcome)
                .register(registry);
    }

    void ended(MediaOutcome outcome) {
        switch (outcome) {
            case MediaOutcome.Fetched(long size, byte[] _) -> {
                fetched.increment();
                bytes.increment((double) size);
            }
            case MediaOutcome.Again _, MediaOutcome.Postponed _ -> retry.increment();
            case MediaOutcome.Gone _ -> gone.increment();
            case MediaOutcome.Failed _ -> failed.increment();
        }
    }

    /// For one thread.
    void look(DSLContext db) {
        if (System.nanoTime() - askNext < 0) {
            return;
        }
        Record row = db.fetchSingle(WAITING);
        waiting = row.get("files", Double.class);
        oldest = row.get("oldest", Double.class);
        removals = row.get("removals", Double.class);
        askNext = System.nanoTime() + EVERY.toNanos();
    }
}
