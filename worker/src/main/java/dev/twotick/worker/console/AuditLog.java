package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.AUDIT_LOG;

import java.time.Instant;
import java.util.List;
import org.jooq.DSLContext;

/// Table `audit_log`: what people, programs and the command line asked for. An entry is written before the thing is
/// done: so nothing is done that it lacks, and what it has may have been refused.
public final class AuditLog {
    /// Whoever has a shell and the settings.
    public static final String COMMAND = "command";

    /// Of a subject, which may be what somebody wrote and is not judged yet.
    private static final int LONGEST = 300;

    private final DSLContext db;

    public AuditLog(DSLContext db) {
        this.db = db;
    }

    /// @param action such as `endpoint.add`
    /// @param subject which; no secret, and nothing that a payload holds
    public void asked(String actor, String action, String subject) {
        asked(db, actor, action, subject);
    }

    /// As what is done in this transaction says what is asked for: so nothing is done without an entry, either.
    static void asked(DSLContext tx, String actor, String action, String subject) {
        tx.insertInto(AUDIT_LOG)
                .set(AUDIT_LOG.ACTOR, actor)
                .set(AUDIT_LOG.ACTION, action)
                .set(AUDIT_LOG.SUBJECT, subject.substring(0, Math.min(LONGEST, subject.length())))
                .execute();
    }

    record Entry(long id, Instant at, String actor, String action, String subject) {}

    /// The newest first.
    ///
    /// @param before an entry's id, exclusive
    List<Entry> before(long before, int limit) {
        return db.selectFrom(AUDIT_LOG)
                .where(AUDIT_LOG.ID.lt(before))
                .orderBy(AUDIT_LOG.ID.desc())
                .limit(limit)
                .fetch(row -> new Entry(
                        row.get(AUDIT_LOG.ID),
                        row.get(AUDIT_LOG.AT),
                        row.get(AUDIT_LOG.ACTOR),
                        row.get(AUDIT_LOG.ACTION),
                        row.get(AUDIT_LOG.SUBJECT)));
    }
}
