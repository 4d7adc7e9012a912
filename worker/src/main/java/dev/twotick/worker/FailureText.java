package dev.twotick.worker;

import dev.twotick.worker.outbox.CallRecords.Attempt;
import dev.twotick.worker.outbox.CallTrace;
import dev.twotick.worker.outbox.FailedAttempt;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Failed attempts for people to read.
final class FailureText {
    private static final int ANSWER_SHOWN = 300;

    /// ```
    /// 2026-11-29T16:40:12.120Z message.received 0b9d6c1e-…, attempt 3: HTTP 500
    ///     64 ms (dns 2, connect 9, tls 21, first byte 63), 192.0.2.7
    ///     {"error":"no such customer"}
    /// ```
    static String lines(FailedAttempt failure) {
        Attempt attempt = failure.attempt();
        String first = "%s %s %s, attempt %d%s: %s"
                .formatted(
                        attempt.startedAt(),
                        Objects.requireNonNullElse(failure.type(), "event"),
                        failure.eventId(),
                        attempt.number(),
                        attempt.outcome().equals("retry") ? "" : ", " + attempt.outcome(),
                        Objects.requireNonNullElse(attempt.error(), ""));
        CallTrace trace = attempt.trace();
        return first + "\n    " + attempt.durationMs() + " ms" + parts(trace)
                + (attempt.batch() == null ? "" : ", in batch " + attempt.batch())
                + (trace.remoteAddress() == null ? "" : ", " + trace.remoteAddress())
                + (trace.answer() == null ? "" : "\n    " + shown(trace.answer()));
    }

    private static String parts(CallTrace trace) {
        String parts = Stream.of(
                        part("dns", trace.dns()),
                        part("connect", trace.connect()),
                        part("tls", trace.tls()),
                        part("first byte", trace.firstByte()))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
        return parts.isEmpty() ? "" : " (" + parts + ")";
    }

    private static String part(String name, @Nullable Integer millis) {
        return millis == null ? "" : name + " " + millis;
    }

    /// In one line, and without what a terminal would obey.
    private static String shown(String answer) {
        String begin = answer.substring(0, answer.offsetByCodePoints(0, Math.min(ANSWER_SHOWN, count(answer))));
        return begin.replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "\uFFFD") + (begin.equals(answer) ? "" : " …");
    }

    private static int count(String text) {
        return text.codePointCount(0, text.length());
    }

    private FailureText() {}
}
