package dev.twotick.worker.outbox;

import java.util.List;

/// What somebody wants of an endpoint cannot be; all reasons at once, none of which repeats a secret.
public final class BadEndpoint extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    BadEndpoint(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
