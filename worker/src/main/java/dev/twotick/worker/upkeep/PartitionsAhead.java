package dev.twotick.worker.upkeep;

import dev.twotick.db.schema.Routines;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the partitions of the days to come, long before a row needs them.
final class PartitionsAhead implements Job {
    private static final Logger log = LoggerFactory.getLogger(PartitionsAhead.class);
    private static final int DAYS_AHEAD = 15;

    private final DSLContext db;
    private final InstantSource clock;

    PartitionsAhead(DSLContext db, InstantSource clock) {
        this.db = db;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "partitions";
    }

    @Override
    public Duration every() {
        return Duration.ofHours(1);
    }

    @Override
    public void run(HeldLock lock) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        Integer made = Routines.ensurePartitions(db.configuration(), today.minusDays(1), today.plusDays(DAYS_AHEAD));
        if (made != null && made > 0) {
            log.info("job=partitions made={} until={}", made, today.plusDays(DAYS_AHEAD));
        }
    }
}
