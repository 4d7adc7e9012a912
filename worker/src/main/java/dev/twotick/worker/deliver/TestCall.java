package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

/// One signed call to an endpoint, of an event that is about nothing and is not kept: `endpoint.test`.
public final class TestCall implements AutoCloseable {
    private final HookSender sender;

    public TestCall(HookSettings settings) {
        sender = new HookSender(settings, InstantSource.system());
    }

    /// @param text for people: what was answered, and how soon
    public record Result(boolean delivered, String text) {}

    public Result make(Endpoint endpoint) {
        HookEvent event = new HookEvent(
                "endpoint.test",
                UUID.randomUUID().toString(),
                null,
                null,
                Instant.now(),
                "{\"endpoint_id\":\"" + endpoint.id() + "\",\"name\":\"" + endpoint.name() + "\"}");
        long before = System.nanoTime();
        Answer answer = sender.send(
                endpoint,
                new OwedCall(endpoint.id(), event.id(), event.type(), event.bodyBytes(), 0, UUID.randomUUID(), before));
        long ms = Duration.ofNanos(System.nanoTime() - before).toMillis();
        boolean delivered = answer instanceof Answer.Status(int code, Duration _, long _) && code >= 200 && code < 300;
        String said = switch (answer) {
            case Answer.Status(int code, Duration _, long bytes) ->
                delivered ? "HTTP " + code : RetrySchedule.text(code, bytes);
            case Answer.None(String error) -> error;
        };
        return new Result(delivered, endpoint.name() + ": " + said + " after " + ms + " ms, webhook-id " + event.id());
    }

    @Override
    public void close() {
        sender.close();
    }
}
