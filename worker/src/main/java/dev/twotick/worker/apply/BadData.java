package dev.twotick.worker.apply;

/// The database, or our own code, cannot take something in the batch, and would refuse it again.
final class BadData extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String kind;

    /// @param kind    a SQLSTATE or the name of an exception: fit for a log
    /// @param message for `payload_failure`; it may quote content
    BadData(String kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    String kind() {
        return kind;
    }

    /// Whether our own code threw, and not the database.
    boolean isOurs() {
        return !(getCause() instanceof java.sql.SQLException)
                && !(getCause() instanceof org.jooq.exception.DataAccessException e
                        && e.getCause(java.sql.SQLException.class) != null);
    }
}
