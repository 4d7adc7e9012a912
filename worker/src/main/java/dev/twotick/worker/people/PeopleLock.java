package dev.twotick.worker.people;

import org.jooq.DSLContext;

/// The advisory lock of a transaction that says who is who: batches share it while they apply, whoever changes or
/// erases people has it alone. It comes before everything else that the transaction reads.
public final class PeopleLock {
    private static final String KEY = "(hashtext('twotick.people'))";

    public static void shared(DSLContext tx) {
        tx.execute("select pg_advisory_xact_lock_shared" + KEY);
    }

    /// Waits for the batches in flight; those that come wait for this transaction.
    public static void exclusive(DSLContext tx) {
        tx.execute("select pg_advisory_xact_lock" + KEY);
    }

    private PeopleLock() {}
}
