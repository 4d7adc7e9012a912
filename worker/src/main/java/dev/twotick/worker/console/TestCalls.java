package dev.twotick.worker.console;

import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.TestedCall;

/// Calls an endpoint once, with an event that is about nothing.
@FunctionalInterface
public interface TestCalls {
    TestedCall call(Endpoint endpoint);
}
