package dev.twotick.worker.deliver;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import dev.twotick.worker.outbox.TestedCall;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// One signed call to an endpoint, of an event that is about nothing and is not kept: `endpoint.test`, or a payload of
/// Meta's in which there are no messages.
public final class TestCall implements AutoCloseable {
    private static final String NO_MESSAGES = """
            {"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"0","phone_number_id":"0"}},"field":"messages"}]}]}""";

    private final HookSender sender;
    private final Supplier<List<AppSecret>> appsOfNow;

    public TestCall(HookSettings settings) {
        sender = new HookSender(settings, InstantSource.system());
        appsOfNow = settings.apps();
    }

    public TestedCall make(Endpoint endpoint) {
        List<AppSecret> apps = appsOfNow.get();
        if (endpoint.format() == Endpoint.Format.META && apps.isEmpty()) {
            return TestedCall.none(endpoint.name(), "TWOTICK_APP_SECRETS is not set here, which signs its calls");
        }
        Optional<String> app = endpoint.format() == Endpoint.Format.META
                ? Optional.of(apps.getFirst().app())
                : Optional.empty();
        HookEvent event = new HookEvent(
                "endpoint.test",
                UUID.randomUUID().toString(),
                null,
                null,
                Instant.now(),
                "{\"endpoint_id\":\"" + endpoint.id() + "\",\"name\":\"" + endpoint.name() + "\"}");
        byte[] body = app.isEmpty() ? event.bodyBytes() : NO_MESSAGES.getBytes(StandardCharsets.US_ASCII);
        long before = System.nanoTime();
        OwedCall call = new OwedCall(
                endpoint.id(),
                event.id(),
                event.type(),
                body,
                app.orElse(null),
                null,
                0,
                false,
                UUID.randomUUID(),
                before);
        UUID id = HookBody.of(endpoint, List.of(call), Instant.EPOCH).id();
        ExchangeTrace trace = new ExchangeTrace(before);
        Answer answer = sender.send(endpoint, List.of(call), trace);
        long ms = Duration.ofNanos(System.nanoTime() - before).toMillis();
        return switch (answer) {
            case Answer.Status(int code, Duration _, long bytes) -> {
                String error = code >= 200 && code < 300 ? null : RetrySchedule.text(code, bytes);
                yield new TestedCall(endpoint.name(), id, error == null, code, error, ms, trace.kept());
            }
            case Answer.None(String error) -> new TestedCall(endpoint.name(), id, false, null, error, ms, trace.kept());
        };
    }

    @Override
    public void close() {
        sender.close();
    }
}
