package dev.twotick.worker.apply;

import dev.twotick.db.MissingPartition;
import dev.twotick.model.payload.UuidV7;
import dev.twotick.worker.batch.PayloadWork;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.DSLContext;

/// Makes the days that a batch's rows lack: outcomes lie on the day of their payload's id, events on the database's.
/// Upkeep makes them ahead; here they are made when it could not.
final class MissingDays {

    static void make(DSLContext database, List<PayloadWork> payloads) {
        MissingPartition.makeUntil(database, 1);
        Set<LocalDate> days = new TreeSet<>();
        payloads.forEach(p -> days.add(dayOf(UuidV7.timeOf(p.id()))));
        days.forEach(day -> MissingPartition.make(database, day));
    }

    private static LocalDate dayOf(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private MissingDays() {}
}
