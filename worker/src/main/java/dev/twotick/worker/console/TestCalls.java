package dev.twotick.worker.console;

import dev.twotick.worker.outbox.Endpoint;

/// Calls an endpoint once, with an event that is about nothing.
@FunctionalInterface
public interface TestCalls {
    /// @return for people: what was answered, and how soon
    String call(Endpoint endpoint);
}
