package dev.twotick.worker.batch;

import dev.twotick.db.Unnest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.InsertReturningStep;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/// How a row that is there and one that comes become one, whichever came first: what `on conflict do update`
/// sets, and when there is anything to set. [Precedence] has the same rules for two in memory.
public final class RowMerge {
    private final Map<Field<?>, Field<?>> set = new LinkedHashMap<>();
    private Condition changes = DSL.noCondition();

    /// No value is less than any.
    public <V> RowMerge greatest(Field<V> column) {
        return greatest(column, column, DSL.excluded(column));
    }

    /// By bytes, whatever the database's language.
    public RowMerge greatestText(Field<String> column) {
        return greatest(column, column.collate("C"), DSL.excluded(column).collate("C"));
    }

    private <V> RowMerge greatest(Field<V> column, Field<V> old, Field<V> come) {
        Condition greater = come.isNotNull().and(old.isNull().or(come.gt(old)));
        return when(greater, column);
    }

    /// No value is greater than any.
    public <V> RowMerge least(Field<V> column) {
        Field<V> come = DSL.excluded(column);
        return when(come.isNotNull().and(column.isNull().or(come.lt(column))), column);
    }

    /// What is there stays; for values that no rule of state rests on.
    public <V> RowMerge first(Field<V> column) {
        return when(column.isNull().and(DSL.excluded(column).isNotNull()), column);
    }

    /// Columns that were stated together, as of `at` and `digest`: the latest statement has them all.
    public RowMerge latest(Field<Instant> at, Field<byte[]> digest, Field<?>... columns) {
        return when(later(at, digest), at, digest).when(later(at, digest), columns);
    }

    /// Takes these columns under that condition.
    public RowMerge when(Condition wins, Field<?>... columns) {
        changes = changes.or(wins);
        for (Field<?> column : columns) {
            take(column, wins);
        }
        return this;
    }

    /// A column with a rule of its own; the row changes when one of the conditions says so.
    public RowMerge set(Field<?> column, Field<?> value) {
        set.put(column, value);
        return this;
    }

    /// What the column will be.
    @SuppressWarnings("unchecked")
    public <V> Field<V> merged(Field<V> column) {
        return (Field<V>) set.getOrDefault(column, column);
    }

    private <V> void take(Field<V> column, Condition wins) {
        set.put(column, DSL.when(wins, DSL.excluded(column)).else_(column));
    }

    /// The one that comes states it, and later than what is there.
    public static Condition later(Field<Instant> at, Field<byte[]> digest) {
        return DSL.excluded(digest)
                .isNotNull()
                .and(DSL.row(orEver(at), orEmpty(digest)).lt(orEver(DSL.excluded(at)), orEmpty(DSL.excluded(digest))));
    }

    /// No time ranks below every time.
    public static Field<Instant> orEver(Field<Instant> at) {
        return DSL.coalesce(at, DSL.field("'-infinity'::timestamptz", Instant.class));
    }

    /// Never stated ranks below every statement.
    public static Field<byte[]> orEmpty(Field<byte[]> digest) {
        return DSL.coalesce(digest, DSL.field("''::bytea", byte[].class));
    }

    /// No text is less than any; by bytes, whatever the database's language.
    public static Field<String> textOrEmpty(Field<String> text) {
        return DSL.coalesce(text, DSL.inline("")).collate("C");
    }

    /// Inserts rows in the order of their key, and merges each with the one that is there.
    public void write(DSLContext tx, Table<?> table, Unnest<?> rows, TableField<?, ?>... key) {
        statement(tx, table, rows, key).execute();
    }

    /// Likewise.
    ///
    /// @return those that are new or have changed
    public <R extends Record> Result<R> writeReturning(
            DSLContext tx, Table<R> table, Unnest<?> rows, TableField<?, ?>... key) {
        return statement(tx, table, rows, key).returning().fetch();
    }

    private <R extends Record> InsertReturningStep<R> statement(
            DSLContext tx, Table<R> table, Unnest<?> rows, TableField<?, ?>... key) {
        return tx.insertInto(table, rows.columns())
                .select(rows.select(key))
                .onConflict(key)
                .doUpdate()
                .set(set)
                .where(changes);
    }

    public Map<Field<?>, Field<?>> set() {
        return set;
    }

    public Condition changes() {
        return changes;
    }
}
