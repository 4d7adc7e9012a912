package dev.twotick.db;

import java.time.LocalDate;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.util.PSQLException;

/// A row found no partition for its day: nobody kept house for a fortnight, or somebody dropped it. The days that rows
/// take from the database's clock are made by the database's clock, whatever ours says.
public final class MissingPartition {
    private static final String CHECK_VIOLATION = "23514";

    /// A CHECK names its constraint; a partition that is missing has none to name.
    public static boolean isCauseOf(DataAccessException e) {
        return e.getCause() instanceof PSQLException cause
                && CHECK_VIOLATION.equals(cause.getSQLState())
                && cause.getServerErrorMessage() != null
                && cause.getServerErrorMessage().getConstraint() == null;
    }

    /// Makes today's, in a transaction of its own.
    ///
    /// @param ahead so many days more, and yesterday
    /// @return how many were missing
    public static int makeUntil(DSLContext db, int ahead) {
        return db.fetchSingle(
                        "select ensure_partitions(today - 1, today + {0}) from (select (now() at time zone 'UTC')::date) d (today)",
                        DSL.val(ahead))
                .get(0, Integer.class);
    }

    /// The days of rows that carry one themselves.
    public static void make(DSLContext db, LocalDate day) {
        db.fetchSingle("select ensure_partitions({0}, {0})", DSL.val(day));
    }

    private MissingPartition() {}
}
