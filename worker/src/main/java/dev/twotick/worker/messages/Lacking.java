package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE;
import static org.jooq.impl.DSL.select;

import dev.twotick.db.Unnest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;

/// Columns that a row may lack and a statement has, and the `update` that fills them: in no order does it matter, and
/// once they are filled the same again writes nothing.
final class Lacking {
    private final Unnest<?> n;
    private final Map<Field<?>, Field<?>> set = new LinkedHashMap<>();
    private Condition any = DSL.noCondition();

    Lacking(Unnest<?> n) {
        this.n = n;
    }

    Lacking columns(Field<?>... columns) {
        return columns(DSL.trueCondition(), columns);
    }

    /// @param whose these columns are filled under this condition alone
    Lacking columns(Condition whose, Field<?>... columns) {
        for (Field<?> column : columns) {
            column(whose, column);
        }
        return this;
    }

    private <V> void column(Condition whose, Field<V> column) {
        Condition lacks = column.isNull().and(n.get(column).isNotNull()).and(whose);
        set.put(column, DSL.when(lacks, n.get(column)).else_(column));
        any = any.or(lacks);
    }

    /// The messages are locked first, in the order of their keys, as whoever writes to them or to what hangs on them
    /// does; those of which nothing is lacking are only read. What was locked is judged again as it is then.
    ///
    /// @param message the table's column that says of which message its rows are
    /// @param same    the row stands for the statement
    int fill(DSLContext tx, Table<?> table, Field<Long> message, Condition same) {
        boolean isMessage = table.equals(MESSAGE);
        var locked = DSL.name("locked")
                .as((isMessage
                                ? select(MESSAGE.ID)
                                        .from(n.table())
                                        .join(MESSAGE)
                                        .on(same)
                                : select(MESSAGE.ID)
                                        .from(n.table())
                                        .join(MESSAGE)
                                        .on(MESSAGE.KEY.eq(n.get(MESSAGE.KEY)))
                                        .join(table)
                                        .on(same))
                        .where(any)
                        .orderBy(MESSAGE.KEY)
                        .forNoKeyUpdate()
                        .of(MESSAGE));
        return tx.with(locked)
                .update(table)
                .set(set)
                .from(isMessage ? new Table<?>[] {n.table()} : new Table<?>[] {n.table(), MESSAGE})
                .where(same)
                .and(any)
                .and(message.in(
                        select(DSL.field(DSL.name("locked", "id"), Long.class)).from(locked)))
                .execute();
    }
}
