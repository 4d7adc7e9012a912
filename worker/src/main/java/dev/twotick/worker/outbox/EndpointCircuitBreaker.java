package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.HookDeliveries.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When an endpoint is paused, for how long, and when it is given up. Its state is the endpoint's row, so all
/// workers share it; this is the pure part.
///
/// @param failuresToPause so many in a row
/// @param refusalsToPause so many in a row, when the last is an answer that may be for what its call holds: of an
///     endpoint that takes four calls of five, five refused ones follow each other often
/// @param firstPause later pauses are half as long as the endpoint has been failing, so they grow by themselves
/// @param disableAfter so long without one success
public record EndpointCircuitBreaker(
        int failuresToPause, int refusalsToPause, Duration firstPause, Duration longestPause, Duration disableAfter) {

    public static final EndpointCircuitBreaker STANDARD =
            new EndpointCircuitBreaker(5, 20, Duration.ofSeconds(5), Duration.ofMinutes(15), Duration.ofDays(5));

    /// On the way to its end others are told each day that it fails.
    private static final Duration TELL_AGAIN = Duration.ofDays(1);

    /// An endpoint's record.
    ///
    /// @param failures in a row
    /// @param failingSince the first of them
    /// @param pausedUntil not null from the pause's begin to the next success
    /// @param toldAt when others were told last that it fails
    /// @param disabledReason not null: it is given up
    record Health(
            int failures,
            @Nullable Instant failingSince,
            @Nullable Instant pausedUntil,
            @Nullable Instant toldAt,
            @Nullable String disabledReason) {
        static final Health SOUND = new Health(0, null, null, null, null);

        boolean takesNoCalls() {
            return pausedUntil != null || disabledReason != null;
        }
    }

    /// What a batch of outcomes says about one endpoint.
    ///
    /// @param failures those after the last success of the batch
    /// @param refused the last of these is an answer that may be for what its call holds
    /// @param alike a call was answered as the time before while others passed: no failure of the endpoint
    /// @param parked one that was parked
    /// @param lastError the last failure's
    record Tally(
            boolean succeeded,
            int failures,
            boolean refused,
            boolean alike,
            @Nullable FinishedCall parked,
            boolean gone,
            @Nullable String lastError) {
        static final Tally NOTHING = new Tally(false, 0, false, false, null, false, null);

        Tally and(Written written) {
            return written.alike()
                    ? new Tally(
                            succeeded,
                            failures,
                            refused,
                            true,
                            written.parked() ? written.finished() : parked,
                            gone,
                            lastError)
                    : and(written.finished().outcome());
        }

        Tally and(CallOutcome outcome) {
            return switch (outcome) {
                case CallOutcome.Delivered _ -> new Tally(true, 0, false, alike, parked, gone, null);
                case CallOutcome.RetryIn _, CallOutcome.Abandoned _ ->
                    new Tally(
                            succeeded,
                            failures + 1,
                            Parking.after(outcome) != null,
                            alike,
                            parked,
                            gone,
                            outcome.error());
                case CallOutcome.Gone _ ->
                    new Tally(succeeded, failures + 1, false, alike, parked, true, outcome.error());
                case CallOutcome.Apart apart ->
                    apart.isFinal()
                            ? this
                            : new Tally(succeeded, failures + 1, true, alike, parked, gone, outcome.error());
                case CallOutcome.Refused _, CallOutcome.Unsent _ -> this;
            };
        }

        /// So that a call that passes after it is to be noted.
        boolean failed() {
            return failures > 0 || alike;
        }
    }

    /// What others are told. `since` makes the fact's key: each is told once for one period of failure.
    ///
    /// @param again that it fails, and still does
    record Notice(String type, Instant since, boolean again) {
        Notice(String type, Instant since) {
            this(type, since, false);
        }
    }

    record Verdict(Health health, List<Notice> notices) {}

    Verdict judge(Health before, Tally tally, Instant now) {
        List<Notice> notices = new ArrayList<>();
        Health start = before;
        if (tally.succeeded()) {
            start = Health.SOUND;
            if (before.pausedUntil() != null && before.failingSince() != null) {
                notices.add(new Notice("endpoint.recovered", before.failingSince()));
            }
        }
        Instant since = start.failingSince() == null ? now : start.failingSince();
        if (tally.gone() || (tally.failures() > 0 && !since.plus(disableAfter).isAfter(now))) {
            notices.add(new Notice("endpoint.disabled", since));
            String reason = tally.gone() ? "it answered 410 Gone" : "it has been failing since " + since;
            return new Verdict(new Health(0, null, null, null, reason), notices);
        }
        if (tally.failures() == 0) {
            return new Verdict(start, notices);
        }
        int failures = start.failures() + tally.failures();
        Instant pausedUntil = start.pausedUntil();
        Instant toldAt = start.toldAt();
        if (pausedUntil != null || failures >= (tally.refused() ? refusalsToPause : failuresToPause)) {
            if (toldAt == null || !toldAt.plus(TELL_AGAIN).isAfter(now)) {
                notices.add(new Notice("endpoint.failing", since, toldAt != null));
                toldAt = now;
            }
            pausedUntil = later(pausedUntil, now.plus(pause(since, now)));
        }
        return new Verdict(new Health(failures, since, pausedUntil, toldAt, null), notices);
    }

    private Duration pause(Instant since, Instant now) {
        Duration half = Duration.between(since, now).dividedBy(2);
        return half.compareTo(firstPause) < 0 ? firstPause : half.compareTo(longestPause) > 0 ? longestPause : half;
    }

    private static Instant later(@Nullable Instant a, Instant b) {
        return a == null || b.isAfter(a) ? b : a;
    }
}
