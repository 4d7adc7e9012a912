package dev.twotick.db;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Many rows in one statement, as one array a column: `unnest(?, ?, …) as n (key, status, …)`. The statement's text
/// and its number of parameters are the same for one row and for two thousand, so the server keeps one plan.
///
/// ```java
/// Unnest<Status> n = Unnest.of(statuses).with(MESSAGE_STATUS.STATUS, Status::word);
/// tx.insertInto(MESSAGE_STATUS, n.columns()).select(n.select()).onConflictDoNothing()
/// ```
///
/// A statement that is written as text takes its columns one by one:
///
/// ```java
/// Unnest<Call> n = Unnest.of(calls);
/// tx.execute("delete from call using unnest({0}) as n (id) where call.id = n.id", n.uuids(Call::id))
/// ```
public final class Unnest<T> {
    private final Collection<T> rows;
    private final List<Field<?>> columns = new ArrayList<>();
    private final List<Field<?>> arrays = new ArrayList<>();

    private Unnest(Collection<T> rows) {
        this.rows = rows;
    }

    public static <T> Unnest<T> of(Collection<T> rows) {
        return new Unnest<>(rows);
    }

    /// Adds a column of the name and type of `column`.
    public <V> Unnest<T> with(Field<V> column, Function<? super T, ? extends @Nullable V> value) {
        columns.add(column);
        arrays.add(array(column.getDataType(), value));
        return this;
    }

    private <V> Field<V[]> array(DataType<V> type, Function<? super T, ? extends @Nullable V> value) {
        Object[] array = rows.stream().map(value).toArray();
        return DSL.val(array, type.getArrayDataType());
    }

    public Field<UUID[]> uuids(Function<? super T, @Nullable UUID> value) {
        return array(SQLDataType.UUID, value);
    }

    public Field<String[]> texts(Function<? super T, @Nullable String> value) {
        return array(SQLDataType.CLOB, value);
    }

    public Field<Long[]> longs(Function<? super T, @Nullable Long> value) {
        return array(SQLDataType.BIGINT, value);
    }

    public Field<Integer[]> ints(Function<? super T, @Nullable Integer> value) {
        return array(SQLDataType.INTEGER, value);
    }

    public Field<Instant[]> times(Function<? super T, @Nullable Instant> value) {
        return array(SQLDataType.INSTANT, value);
    }

    public Field<Boolean[]> flags(Function<? super T, Boolean> value) {
        return array(SQLDataType.BOOLEAN, value);
    }

    /// The rows as a table named `n`.
    public Table<?> table() {
        String holes = String.join(
                ", ",
                IntStream.range(0, arrays.size()).mapToObj(i -> "{" + i + "}").toList());
        return DSL.table("unnest(" + holes + ")", arrays.toArray(Field[]::new))
                .as("n", columns.stream().map(Field::getName).toArray(String[]::new));
    }

    /// The table's own columns, in the order of [#with].
    public List<Field<?>> columns() {
        return columns;
    }

    /// Column `n.name`.
    public <V> Field<V> get(Field<V> column) {
        return DSL.field(DSL.name("n", column.getName()), column.getDataType());
    }

    /// All rows, ordered by these columns: rows of one table are always locked in the order of its key, so that two
    /// transactions wait for each other and do not deadlock.
    public Select<?> select(Field<?>... lockOrder) {
        return DSL.select(columns.stream().map(this::get).toList())
                .from(table())
                .orderBy(Arrays.stream(lockOrder).map(this::get).toList());
    }
}
