package dev.twotick.worker.batch;

import dev.twotick.db.MissingPartition;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Runs a transaction and decides, in one place, what its failure means.
///
/// | SQLSTATE | means | so |
/// | --- | --- | --- |
/// | class 40, [Overtaken] | somebody was faster | again, from the start |
/// | 23503 | a row that was just there is gone | again, three times; then as class 23 |
/// | classes 22, 23, 54; our own exceptions, jOOQ's among them | something in the batch | [BadData]: split the batch |
/// | 23514 without a constraint | a day without a partition | [NoPartition]: make it |
/// | [Postponed] | something comes before this | thrown |
/// | everything else | the database | thrown: keep the batch, back off; `apply` keeps some of it not for ever |
///
/// @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL, error codes</a>
public final class Retries {
    private static final int ATTEMPTS = 30;
    private static final int FOREIGN_KEY_ATTEMPTS = 3;

    public static <T> T transaction(DSLContext database, Function<DSLContext, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return database.transactionResult(configuration -> work.apply(configuration.dsl()));
            } catch (DataAccessException e) {
                if (e.getCause(SQLException.class) == null) { // no row where one must be, say: no outage ends that
                    throw ours(e);
                }
                if (MissingPartition.isCauseOf(e)) {
                    throw new NoPartition(e);
                }
                if (!again(e, attempt)) {
                    throw bad(e) ? new BadData(e.sqlState(), firstLine(e), e) : e;
                }
            } catch (Overtaken e) {
                if (attempt >= ATTEMPTS) {
                    throw e;
                }
            } catch (Postponed e) {
                throw e;
            } catch (RuntimeException | StackOverflowError e) {
                throw ours(e);
            }
            // a little apart, so that two that met do not meet again
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1_000_000L * Math.min(attempt, 20)));
        }
    }

    private static BadData ours(Throwable e) {
        return new BadData(e.getClass().getSimpleName(), e.getClass().getSimpleName() + " in our own code", e);
    }

    private static boolean again(DataAccessException e, int attempt) {
        String state = e.sqlState();
        return (state.startsWith("40") && attempt < ATTEMPTS)
                || (state.equals("23503") && attempt < FOREIGN_KEY_ATTEMPTS);
    }

    private static boolean bad(DataAccessException e) {
        String state = e.sqlState();
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    }

    /// PostgreSQL's own words, without the statement that jOOQ adds.
    static String firstLine(DataAccessException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("") + " (SQLSTATE " + e.sqlState() + ")";
    }

    private Retries() {}
}
