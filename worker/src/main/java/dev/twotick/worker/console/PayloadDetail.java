package dev.twotick.worker.console;

import dev.twotick.worker.outbox.CallRecords.Raised;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// All that is known of one payload.
///
/// @param body laid out for people, or its beginning
/// @param whole false: the body goes on
/// @param signature what Meta's header held, in hex
/// @param outcomes of each delivery, the last one first
/// @param wamids some that stand in it
record PayloadDetail(
        PayloadRow row,
        String body,
        boolean whole,
        String signature,
        List<Outcome> outcomes,
        List<Failure> failures,
        List<Raised> raised,
        List<String> wamids) {

    /// @param fresh facts that were new
    record Outcome(
            UUID attempt,
            String state,
            int events,
            int fresh,
            int expired,
            @Nullable String error,
            Instant finishedAt) {}

    /// @param item its path in the payload
    /// @param retryAt null: not by itself
    record Failure(
            String item,
            String error,
            @Nullable String raw,
            Instant failedAt,
            @Nullable Instant healedAt,
            @Nullable Instant retryAt) {}

    boolean isDuplicate() {
        return row.state().equals("duplicate");
    }
}
