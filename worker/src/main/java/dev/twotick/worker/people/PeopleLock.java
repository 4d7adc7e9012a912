package dev.twotick.worker.people;

import org.jooq.DSLContext;

/// The advisory lock of a transaction that says who is who: batches share it while they apply, whoever changes or
/// erases people has it alone. It comes before everything else that the transaction reads.
public final class PeopleLock {
    private static final String KEY = "(hashtext('twotick.people'))";

    /// What [#shared] selects, for whoever has more to send. Nothing is read in the same statement: that would be read
    /// before the lock is there.
    public static final String SHARED = "pg_advisory_xact_lock_shared" + KEY;

    public static void shared(DSLContext tx) {
        tx.execute("select " + SHARED);
    }

    /// Waits for the batches in flight; those that come wait for this transaction.
    public static void exclusive(DSLContext tx) {
        tx.execute("select pg_advisory_xact_lock" + KEY);
    }

    private PeopleLock() {}
}
