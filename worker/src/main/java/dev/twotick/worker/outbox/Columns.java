package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// A batch of rows as one array for each column: what `unnest` takes, whatever the number of rows.
record Columns<T>(List<T> rows) {

    Field<UUID[]> uuids(Function<T, @Nullable UUID> column) {
        return val(rows.stream().map(column).toArray(UUID[]::new), SQLDataType.UUID.array());
    }

    Field<String[]> texts(Function<T, @Nullable String> column) {
        return val(rows.stream().map(column).toArray(String[]::new), SQLDataType.CLOB.array());
    }

    Field<Long[]> longs(Function<T, @Nullable Long> column) {
        return val(rows.stream().map(column).toArray(Long[]::new), SQLDataType.BIGINT.array());
    }

    Field<Integer[]> ints(Function<T, @Nullable Integer> column) {
        return val(rows.stream().map(column).toArray(Integer[]::new), SQLDataType.INTEGER.array());
    }

    Field<Boolean[]> flags(Function<T, Boolean> column) {
        return val(rows.stream().map(column).toArray(Boolean[]::new), SQLDataType.BOOLEAN.array());
    }
}
