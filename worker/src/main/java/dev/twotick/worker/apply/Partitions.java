package dev.twotick.worker.apply;

import dev.twotick.db.schema.Routines;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.DSLContext;

/// Makes the days that a batch's rows lack. Upkeep makes them ahead; here they are made when it could not.
final class Partitions {

    static void make(DSLContext database, List<PayloadWork> payloads) {
        Set<LocalDate> days = new TreeSet<>();
        days.add(dayOf(Instant.now()));
        payloads.forEach(p -> days.add(dayOf(Instant.ofEpochMilli(p.id().getMostSignificantBits() >>> 16))));
        for (LocalDate day : days) {
            Routines.ensurePartitions(database.configuration(), day, day);
        }
    }

    private static LocalDate dayOf(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private Partitions() {}
}
