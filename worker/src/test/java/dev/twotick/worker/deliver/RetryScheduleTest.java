package dev.twotick.worker.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.outbox.CallOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private final Random random = new Random(1);

    private CallOutcome outcome(Answer answer, int attempt) {
        return RetrySchedule.STANDARD.outcome(answer, attempt, 1, Set.of(), random);
    }

    private Duration delay(Answer answer, int attempt) {
        return ((CallOutcome.RetryIn) outcome(answer, attempt)).delay();
    }

    @Test
    void only2xxIsSuccess() {
        assertThat(outcome(new Answer.Status(204, null, 9), 0)).isEqualTo(new CallOutcome.Delivered(204));
        assertThat(outcome(new Answer.Status(302, null, 9), 0)).isInstanceOf(CallOutcome.RetryIn.class);
        assertThat(outcome(new Answer.Status(404, null, 9), 0)).isInstanceOf(CallOutcome.RetryIn.class);
        assertThat(outcome(new Answer.None("refused"), 0)).isInstanceOf(CallOutcome.RetryIn.class);
        assertThat(outcome(new Answer.Status(410, null, 9), 0)).isInstanceOf(CallOutcome.Gone.class);
    }

    @Test
    void delaysFollowTheScheduleWithinAFifth() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(delay(new Answer.Status(500, null, 9), 0))
                    .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
            assertThat(delay(new Answer.Status(500, null, 9), 8))
                    .isBetween(Duration.ofMinutes(1_152), Duration.ofMinutes(1_728));
        }
        assertThat(outcome(new Answer.Status(500, null, 9), 9)).isInstanceOf(CallOutcome.Abandoned.class);
    }

    @Test
    void retryAfterIsHonouredUpToADayAndNeverShortensTheDelay() {
        assertThat(delay(new Answer.Status(429, Duration.ofMinutes(2), 9), 0)).isEqualTo(Duration.ofMinutes(2));
        assertThat(delay(new Answer.Status(503, Duration.ofDays(30), 9), 0)).isEqualTo(Duration.ofHours(24));
        assertThat(delay(new Answer.Status(503, Duration.ofSeconds(1), 9), 1)).isGreaterThan(Duration.ofMinutes(3));
    }

    @Test
    void retryAfterIsSecondsOrADateAgainstTheReceiversOwnClock() {
        assertThat(RetryAfter.parse(" 120 ", null, NOW)).isEqualTo(Duration.ofMinutes(2));
        assertThat(RetryAfter.parse("Sat, 21 Nov 2026 10:01:00 GMT", null, NOW)).isEqualTo(Duration.ofMinutes(1));
        assertThat(RetryAfter.parse("Sat, 21 Nov 2026 12:01:00 GMT", "Sat, 21 Nov 2026 12:00:00 GMT", NOW))
                .isEqualTo(Duration.ofMinutes(1));
        assertThat(RetryAfter.parse("Sat, 21 Nov 2026 09:00:00 GMT", null, NOW)).isEqualTo(Duration.ZERO);
        assertThat(RetryAfter.parse("soon", null, NOW)).isNull();
        assertThat(RetryAfter.parse(null, null, NOW)).isNull();
    }
}
