package dev.twotick.worker.outbox;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What came of a call that was made to try an endpoint.
///
/// @param endpoint its name
/// @param webhookId null: no call was made
/// @param statusCode null: nothing was answered
/// @param error why it counts as not delivered; null: it was
/// @param durationMs until that was known
public record TestedCall(
        String endpoint,
        @Nullable UUID webhookId,
        boolean delivered,
        @Nullable Integer statusCode,
        @Nullable String error,
        long durationMs,
        CallTrace trace) {

    /// What cannot even be tried.
    public static TestedCall none(String endpoint, String error) {
        return new TestedCall(endpoint, null, false, null, error, 0, CallTrace.NONE);
    }

    /// For people, as one line.
    public String text() {
        String said = endpoint + ": " + (error == null ? "HTTP " + statusCode : error);
        return webhookId == null ? said : said + " after " + durationMs + " ms, webhook-id " + webhookId;
    }
}
