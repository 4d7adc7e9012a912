package dev.twotick.worker.outbox;

/// What is wanted of an endpoint does not go with how things are.
public final class EndpointRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// For programs; the message is for people.
    public enum Why {
        NO_SUCH_ENDPOINT,
        NAME_TAKEN,
        OF_THE_ENVIRONMENT,
        DISABLED,
        CALLS_WAIT,
        TOO_MANY_SECRETS
    }

    private final Why why;

    EndpointRefused(Why why, String message) {
        super(message);
        this.why = why;
    }

    public Why why() {
        return why;
    }
}
