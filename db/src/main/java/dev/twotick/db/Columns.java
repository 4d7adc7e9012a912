package dev.twotick.db;

import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// A batch of rows as one array for each column: what the `unnest` of a statement takes that is written as text,
/// whatever the number of rows. A statement that is spelled with jOOQ has [Unnest].
///
/// ```java
/// Columns<Call> columns = new Columns<>(calls);
/// tx.execute("delete from call using unnest({0}) as t (id) where call.id = t.id", columns.uuids(Call::id))
/// ```
public record Columns<T>(Collection<T> rows) {

    public Field<UUID[]> uuids(Function<T, @Nullable UUID> column) {
        return val(rows.stream().map(column).toArray(UUID[]::new), SQLDataType.UUID.array());
    }

    public Field<String[]> texts(Function<T, @Nullable String> column) {
        return val(rows.stream().map(column).toArray(String[]::new), SQLDataType.CLOB.array());
    }

    public Field<Long[]> longs(Function<T, @Nullable Long> column) {
        return val(rows.stream().map(column).toArray(Long[]::new), SQLDataType.BIGINT.array());
    }

    public Field<Integer[]> ints(Function<T, @Nullable Integer> column) {
        return val(rows.stream().map(column).toArray(Integer[]::new), SQLDataType.INTEGER.array());
    }

    public Field<Instant[]> times(Function<T, @Nullable Instant> column) {
        return val(rows.stream().map(column).toArray(Instant[]::new), SQLDataType.INSTANT.array());
    }

    public Field<Boolean[]> flags(Function<T, Boolean> column) {
        return val(rows.stream().map(column).toArray(Boolean[]::new), SQLDataType.BOOLEAN.array());
    }
}
