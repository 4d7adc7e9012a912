package dev.twotick.db.payloadlog;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.payload.UuidV7;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;

/// Ids of payloads from `from` up to but without `to`. Every query on the log gives one, so that PostgreSQL opens only
/// the partitions of those days.
public record IdRange(UUID from, UUID to) {
    public static final UUID LEAST = new UUID(0, 0);
    public static final UUID GREATEST = new UUID(-1, -1);

    public static UUID after(UUID id) {
        long low = id.getLeastSignificantBits() + 1;
        return new UUID(low == 0 ? id.getMostSignificantBits() + 1 : id.getMostSignificantBits(), low);
    }

    /// The range in pieces of at most a day each (UTC), which is a partition of the log each.
    public List<IdRange> days() {
        List<IdRange> days = new ArrayList<>();
        UUID start = from;
        while (less(start, to)) {
            Instant nextDay = UuidV7.timeOf(start).truncatedTo(ChronoUnit.DAYS).plus(Duration.ofDays(1));
            UUID end = less(PayloadId.floor(nextDay), to) ? PayloadId.floor(nextDay) : to;
            days.add(new IdRange(start, end));
            start = end;
        }
        return days;
    }

    public Condition contains(Field<UUID> id) {
        return id.ge(from).and(id.lt(to));
    }

    /// As PostgreSQL compares.
    public static boolean less(UUID one, UUID other) {
        return UuidV7.compare(one, other) < 0;
    }
}
