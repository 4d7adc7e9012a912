package dev.twotick.worker.apply;

/// The database, or our own code, cannot take something in the batch, and would refuse it again.
final class BadData extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String kind;
    private final String error;

    /// @param kind a SQLSTATE or the name of an exception: fit for a log, unlike the message, which may quote content
    BadData(String kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.error = message;
    }

    /// For `payload_failure`.
    String error() {
        return error;
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
