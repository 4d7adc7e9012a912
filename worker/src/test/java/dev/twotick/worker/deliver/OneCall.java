package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.settings.Cidr;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookTables;
import dev.twotick.worker.outbox.OwedCall;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/// A call of no table's, for tests of the sender.
final class OneCall {
    static Endpoint to(URI url, Duration timeout, Map<String, String> headers) {
        return to(url, timeout, headers, List.of());
    }

    static Endpoint to(URI url, Duration timeout, Map<String, String> headers, List<Cidr> allowNets) {
        return new Endpoint(
                UUID.randomUUID(),
                "app",
                url,
                List.of(HookTables.SECRET),
                headers,
                Endpoint.Format.STANDARD,
                new Endpoint.Limits(OptionalInt.empty(), OptionalInt.empty(), timeout, false, Set.of(), allowNets),
                Endpoint.Circuit.CLOSED);
    }

    static OwedCall call() {
        return new OwedCall(
                UUID.randomUUID(),
                UUID.randomUUID(),
                "a.b",
                "{}".getBytes(UTF_8),
                null,
                null,
                0,
                false,
                UUID.randomUUID(),
                Long.MAX_VALUE);
    }

    static Answer send(HookSender sender, Endpoint endpoint) {
        return sender.send(endpoint, List.of(call()), new ExchangeTrace(System.nanoTime()));
    }

    private OneCall() {}
}
