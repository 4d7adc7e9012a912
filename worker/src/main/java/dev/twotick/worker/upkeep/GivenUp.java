package dev.twotick.worker.upkeep;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.replay.LoggedEntries;
import dev.twotick.worker.replay.StreamFeed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries again what was given up for a reason that may pass, first of all payloads over which workers died: alone,
/// after a minute, and then at growing intervals, so that a wrong verdict heals without anybody, and a right one
/// costs a worker a day.
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
            returning f.payload_id
            """;

    private final DSLContext db;
    private final LoggedEntries payloads;
    private final StreamFeed feed;

    GivenUp(DSLContext db, LoggedPayloads payloads, StreamFeed feed) {
        this.db = db;
        this.payloads = new LoggedEntries(payloads);
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
        List<UUID> due = db.fetch(TAKE_DUE, AT_A_TIME).getValues(0, UUID.class).stream()
                .distinct()
                .toList();
        if (due.isEmpty()) {
            return;
        }
        log.info("job=given-up trying={}", due.size());
        // one at a time: of two that are deadly each shall be tried
        for (QueuedPayload payload : payloads.forStream(due)) {
            Iterator<List<QueuedPayload>> once =
                    List.of(List.of(payload.asSuspect())).iterator();
            feed.feed(_ -> once.hasNext() ? once.next() : List.of());
        }
    }
}
