package dev.twotick.worker.batch;

import org.jooq.exception.DataAccessException;

/// The database, or our own code, cannot take something in the batch, and would refuse it again.
public final class BadData extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String kind;
    private final boolean mayPass;

    /// @param kind    a SQLSTATE or the name of an exception: fit for a log
    /// @param message for `payload_failure`; it may quote content
    BadData(String kind, String message, Throwable cause) {
        this(kind, message, cause, false);
    }

    private BadData(String kind, String message, Throwable cause, boolean mayPass) {
        super(message, cause);
        this.kind = kind;
        this.mayPass = mayPass;
    }

    /// What the database refuses again and again for no reason of the data's: a trigger, a damaged page, a statement
    /// that takes too long.
    public static BadData ofStubborn(DataAccessException fault) {
        return new BadData(fault.sqlState(), Retries.firstLine(fault), fault, true);
    }

    /// Whether the same may be taken later, when an operator has done something.
    public boolean mayPass() {
        return mayPass;
    }

    /// Whether a row is there that was taken to be new.
    public boolean isDuplicate() {
        return kind.equals("23505");
    }

    public String kind() {
        return kind;
    }

    /// Whether our own code threw, and not the database.
    public boolean isOurs() {
        return !(getCause() instanceof java.sql.SQLException)
                && !(getCause() instanceof DataAccessException e && e.getCause(java.sql.SQLException.class) != null);
    }
}
