package dev.twotick.worker.outbox;

import org.jooq.DSLContext;

/// Up to which page events can be told in order, such that none comes later in between.
///
/// Pages are numbered by a sequence, and committed in another order. So a transaction that is about to number pages
/// first holds a shared advisory lock, whose key says the last number that was given before: all of its own are above.
/// Who reads asks for the last number first, and for these locks then. Whoever has a number up to that one
/// either still holds its lock, or has ended, and the next statement sees what it wrote:
///
/// ```
/// writer   lock(last = 7) ── nextval 9 ── insert ──────────── commit, which lets the lock go
/// reader                           last = 9 ── locks: 7 ── pages up to 7 ──── … ── last = 9 ── none ── up to 9
/// ```
///
/// What others do in the same database or server, however long, delays nothing.
///
/// @param last the last number that was given to a page
/// @param settled all pages up to this number are committed, or never will be
public record EventHorizon(long last, long settled) {
    private static final String LOCK = "hashtext('twotick.events')";

    // the last number that was given: a sequence that is new shows its first, as not given yet
    private static final String GIVEN = "select last_value - (not is_called)::int as given from hook_page_id";

    /// In SQL, a row: what a statement selects from that numbers pages. A lock's key has 31 bits of the number, and
    /// only a transaction that outlasts two thousand million pages would be mistaken.
    static final String MARK = "select pg_advisory_xact_lock_shared(" + LOCK
            + ", (given & 2147483647)::int) is null as taken from (" + GIVEN + ") s";

    // the number whose last bits a key says is the nearest one below
    private static final String LOWEST = "select min({0} - (({0} - objid::bigint) & 2147483647)) from pg_locks"
            + " where locktype = 'advisory' and classid = " + LOCK + "::oid and objsubid = 2"
            + " and database = (select oid from pg_database where datname = current_database())";

    /// Each question is a statement of its own, and what they tell holds for the statements that follow.
    static EventHorizon of(DSLContext db) {
        long last = db.fetchSingle(GIVEN).get(0, Long.class);
        Long lowest = db.fetchSingle(LOWEST, last).get(0, Long.class);
        return new EventHorizon(last, lowest == null ? last : Math.min(last, lowest));
    }

    /// Somebody who has a number has not ended.
    public boolean isBehind() {
        return settled < last;
    }
}
