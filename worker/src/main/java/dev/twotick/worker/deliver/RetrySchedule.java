package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.Parking;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// When a failed call is tried again.
///
/// @param delays after the first failure, after the second …; after the last one the call is dead
/// @param jitter so much of a delay is left to chance, up and down: 0.2 is ±20 %
/// @param longestRetryAfter a receiver that asks for more waits so long
record RetrySchedule(List<Duration> delays, double jitter, Duration longestRetryAfter) {

    static final RetrySchedule STANDARD = new RetrySchedule(
            List.of(
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(30),
                    Duration.ofHours(2),
                    Duration.ofHours(5),
                    Duration.ofHours(10),
                    Duration.ofHours(14),
                    Duration.ofHours(20),
                    Duration.ofHours(24)),
            0.2,
            Duration.ofHours(24));

    RetrySchedule {
        delays = List.copyOf(delays);
    }

    /// @param attempt how many had been made before this one
    /// @param events in the call
    /// @param finalCodes after which the call is not made again
    CallOutcome outcome(Answer answer, int attempt, int events, Set<Integer> finalCodes, RandomGenerator random) {
        return switch (answer) {
            case Answer.Status status
            when status.code() >= 200 && status.code() < 300 -> new CallOutcome.Delivered(status.code());
            case Answer.Status status when status.code() == 410 -> new CallOutcome.Gone();
            case Answer.Status(int code, Duration retryAfter, long bodyBytes)
            when events > 1 && code != 429 && (Parking.mayBeForContent(code) || finalCodes.contains(code)) ->
                new CallOutcome.Apart(
                        longer(delay(attempt, random), retryAfter),
                        code,
                        text(code, bodyBytes) + ", a batch of " + events + ": each event goes alone next",
                        finalCodes.contains(code));
            case Answer.Status(int code, Duration _, long bodyBytes)
            when finalCodes.contains(code) ->
                new CallOutcome.Refused(code, text(code, bodyBytes) + ", which is final here");
            case Answer.Status(int code, Duration retryAfter, long bodyBytes) ->
                failed(code, text(code, bodyBytes), retryAfter, attempt, random);
            case Answer.None(String error) -> failed(null, error, null, attempt, random);
        };
    }

    private CallOutcome failed(
            @Nullable Integer status,
            String error,
            @Nullable Duration retryAfter,
            int attempt,
            RandomGenerator random) {
        if (attempt >= delays.size()) {
            return new CallOutcome.Abandoned(status, error);
        }
        return new CallOutcome.RetryIn(longer(delay(attempt, random), retryAfter), status, error);
    }

    /// An event whose tries were all in batches has one by itself, whatever its number.
    private Duration delay(int attempt, RandomGenerator random) {
        double factor = 1 + jitter * (2 * random.nextDouble() - 1);
        long millis = delays.get(Math.min(attempt, delays.size() - 1)).toMillis();
        return Duration.ofMillis(Math.round(millis * factor));
    }

    /// Never sooner than the schedule: a receiver that always asks for a second would use up its attempts.
    private Duration longer(Duration delay, @Nullable Duration retryAfter) {
        if (retryAfter == null || retryAfter.compareTo(delay) <= 0) {
            return delay;
        }
        return retryAfter.compareTo(longestRetryAfter) > 0 ? longestRetryAfter : retryAfter;
    }

    static String text(int code, long bodyBytes) {
        return "HTTP " + code
                + switch (code) {
                    case 400, 413 -> " to a body of " + bodyBytes + " bytes"; // some servers say 400 to a long one
                    default -> code >= 300 && code < 400 ? ": redirects are not followed" : "";
                };
    }
}
