package dev.twotick.devstack.listen;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One request, as it came.
///
/// @param target path and query
/// @param headers names in lower case
record ReceivedCall(Instant at, String method, String target, Map<String, List<String>> headers, byte[] body) {

    static ReceivedCall of(HttpExchange exchange, Instant at) throws IOException {
        var headers = new LinkedHashMap<String, List<String>>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), List.copyOf(values)));
        return new ReceivedCall(
                at,
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                headers,
                exchange.getRequestBody().readAllBytes());
    }

    /// The first of that name (in lower case); empty if there is none.
    String header(String name) {
        return headers.getOrDefault(name, List.of("")).getFirst();
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
