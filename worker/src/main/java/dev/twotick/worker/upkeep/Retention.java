package dev.twotick.worker.upkeep;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.db.schema.Tables.HOOK_RESEND;
import static dev.twotick.db.schema.Tables.PAYLOAD_FAILURE;

import dev.twotick.db.payloadlog.IdRange;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.worker.outbox.EventFeed;
import dev.twotick.worker.upkeep.DayPartitions.Day;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops whole days that are older than the retention. Never a payload without an outcome, nor an event that is still
/// to be delivered: their day stays, and is named in a warning.
final class Retention implements Job {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final DSLContext db;
    private final LoggedPayloads payloads;
    private final DayPartitions partitions;
    private final RetentionSettings settings;
    private final InstantSource clock;

    Retention(
            DSLContext db,
            LoggedPayloads payloads,
            DayPartitions partitions,
            RetentionSettings settings,
            InstantSource clock) {
        this.db = db;
        this.payloads = payloads;
        this.partitions = partitions;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "retention";
    }

    @Override
    public Duration every() {
        return Duration.ofHours(1);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        dropLog(today.minusDays(settings.logDays()), lock);
        dropHooks(today.minusDays(settings.hooksDays()), lock);
    }

    /// The log's day goes before its outcomes: the other way round, a death in between would look like a day of work.
    private void dropLog(LocalDate end, HeldLock lock) throws SQLException {
        for (Day day : partitions.before("payload_log", end)) {
            lock.check();
            IdRange ids = idsOf(day.day());
            if (payloads.anyWithoutOutcome(ids)) {
                log.warn(
                        "job=retention day={} state=kept: payloads without an outcome; see select id from payload"
                                + " where state = 'received'",
                        day.day());
            } else {
                drop(day);
            }
        }
        List<LocalDate> logged =
                partitions.before("payload_log", end).stream().map(Day::day).toList();
        deleteFailures(end, logged);
        for (Day day : partitions.before("payload_outcome", end)) {
            if (!logged.contains(day.day())) {
                lock.check();
                drop(day);
            }
        }
    }

    /// Those of all days that are dropped, also by a run that died before this.
    private void deleteFailures(LocalDate end, List<LocalDate> kept) {
        Condition gone = PAYLOAD_FAILURE.PAYLOAD_ID.lt(startOf(end));
        for (LocalDate day : kept) {
            gone = gone.andNot(idsOf(day).contains(PAYLOAD_FAILURE.PAYLOAD_ID));
        }
        db.deleteFrom(PAYLOAD_FAILURE).where(gone).execute();
    }

    /// Dead deliveries go with their events, and those of an endpoint that is gone; open ones keep theirs.
    private void dropHooks(LocalDate end, HeldLock lock) throws SQLException {
        db.deleteFrom(HOOK_RESEND)
                .where(HOOK_RESEND.FINISHED_AT.lt(timeOf(end)))
                .execute();
        for (Day day : partitions.before("hook_page", end)) {
            lock.check();
            Condition ofTheDay = HOOK_DELIVERY
                    .EVENT_AT
                    .ge(timeOf(day.day()))
                    .and(HOOK_DELIVERY.EVENT_AT.lt(timeOf(day.day().plusDays(1))));
            Condition open = HOOK_DELIVERY
                    .NEXT_ATTEMPT_AT
                    .isNotNull()
                    .and(HOOK_DELIVERY.ENDPOINT_ID.in(
                            DSL.select(HOOK_ENDPOINT.ID).from(HOOK_ENDPOINT)));
            if (db.fetchExists(HOOK_DELIVERY, ofTheDay.and(open))) {
                log.warn("job=retention day={} state=kept: hook events that are still to be delivered", day.day());
            } else {
                db.deleteFrom(HOOK_DELIVERY).where(ofTheDay.andNot(open)).execute();
                EventFeed.goes(db, timeOf(day.day()), timeOf(day.day().plusDays(1)));
                drop(day);
            }
        }
        for (Day day : partitions.before("hook_attempt", end)) {
            lock.check();
            drop(day);
        }
    }

    private void drop(Day day) throws SQLException {
        partitions.drop(day);
        log.info("job=retention dropped={}", day.partition());
    }

    private static IdRange idsOf(LocalDate day) {
        return new IdRange(startOf(day), startOf(day.plusDays(1)));
    }

    private static UUID startOf(LocalDate day) {
        return PayloadId.floor(timeOf(day));
    }

    private static Instant timeOf(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
