package dev.twotick.worker.upkeep;

import dev.twotick.model.queue.QueuedPayload;
import dev.twotick.worker.replay.LoggedPayloads;
import dev.twotick.worker.replay.StreamFeed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries again what was given up for a reason that may pass, after a minute, and then at growing intervals, so that a
/// wrong verdict heals without anybody, and a right one costs a worker a day. First payloads over which workers died,
/// each alone; then those with items that the database refused, together, since what is committed of some tells
/// what is wrong with the rest.
final class GivenUp implements Job {
    private static final Logger log = LoggerFactory.getLogger(GivenUp.class);
    private static final int AT_A_TIME = 64;

    /// The next time is noted before the payload goes its way: it may be this worker that dies of it.
    private static final String TAKE_DUE = """
            update payload_failure f
            set retries = f.retries + 1,
                retry_at = now() + case f.retries when 0 then interval '5 minutes' when 1 then interval '30 minutes'
                    when 2 then interval '2 hours' when 3 then interval '12 hours' else interval '1 day' end
            from (
                select payload_id, item from payload_failure
                where retries is not null and healed_at is null
                    and coalesce(retry_at, failed_at + interval '1 minute') <= now()
                order by payload_id, item limit ? for update
            ) due
            where f.payload_id = due.payload_id and f.item = due.item
            returning f.payload_id, f.item
            """;

    private static final String WHOLE = "$"; // of what was given up, no part of it was looked at

    private final DSLContext db;
    private final LoggedPayloads payloads;
    private final StreamFeed feed;

    GivenUp(DSLContext db, LoggedPayloads payloads, StreamFeed feed) {
        this.db = db;
        this.payloads = payloads;
        this.feed = feed;
    }

    @Override
    public String name() {
        return "given-up";
    }

    @Override
    public Duration every() {
        return Duration.ofSeconds(10);
    }

    @Override
    public void run(HeldLock lock) throws InterruptedException, SQLException {
        lock.check();
        Set<UUID> deadly = new LinkedHashSet<>();
        Set<UUID> refused = new LinkedHashSet<>();
        db.fetch(TAKE_DUE, AT_A_TIME)
                .forEach(
                        row -> (WHOLE.equals(row.get(1, String.class)) ? deadly : refused).add(row.get(0, UUID.class)));
        refused.removeAll(deadly);
        if (deadly.isEmpty() && refused.isEmpty()) {
            return;
        }
        log.info("job=given-up deadly={} refused={}", deadly.size(), refused.size());
        for (QueuedPayload payload : payloads.forStream(List.copyOf(deadly))) {
            feed(List.of(payload.asSuspect())); // of two that are deadly each shall be tried
        }
        feed(payloads.forStream(List.copyOf(refused)));
    }

    private void feed(List<QueuedPayload> these) throws InterruptedException, SQLException {
        Iterator<List<QueuedPayload>> once = List.of(these).iterator();
        feed.feed(_ -> once.hasNext() ? once.next() : List.of());
    }
}
