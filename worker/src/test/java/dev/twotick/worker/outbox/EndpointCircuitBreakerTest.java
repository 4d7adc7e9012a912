package dev.twotick.worker.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.outbox.EndpointCircuitBreaker.Health;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Notice;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Tally;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Verdict;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EndpointCircuitBreakerTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final EndpointCircuitBreaker BREAKER = EndpointCircuitBreaker.STANDARD;

    private static Tally failures(int count) {
        return new Tally(false, count, false, false, null, false, "HTTP 503");
    }

    @Test
    void fewFailuresAreOnlyCounted() {
        Verdict verdict = BREAKER.judge(Health.SOUND, failures(4), NOW);

        assertThat(verdict.health()).isEqualTo(new Health(4, NOW, null, null, null));
        assertThat(verdict.notices()).isEmpty();
    }

    @Test
    void theFifthInARowPauses() {
        Instant since = NOW.minusSeconds(4);

        Verdict verdict = BREAKER.judge(new Health(4, since, null, null, null), failures(1), NOW);

        assertThat(verdict.health().pausedUntil()).isEqualTo(NOW.plusSeconds(5));
        assertThat(verdict.notices()).containsExactly(new Notice("endpoint.failing", since));
    }

    @Test
    void answersThatMayBeForTheContentPauseLater() {
        Tally refused = Tally.NOTHING.and(new CallOutcome.RetryIn(Duration.ofSeconds(5), 422, "HTTP 422"));
        Instant since = NOW.minusSeconds(4);

        assertThat(BREAKER.judge(new Health(18, since, null, null, null), refused, NOW)
                        .health())
                .isEqualTo(new Health(19, since, null, null, null));
        assertThat(BREAKER.judge(new Health(19, since, null, null, null), refused, NOW)
                        .notices())
                .containsExactly(new Notice("endpoint.failing", since));
        assertThat(BREAKER.judge(new Health(18, since, null, null, null), failures(1), NOW)
                        .notices())
                .as("and at last no answer at all")
                .containsExactly(new Notice("endpoint.failing", since));
    }

    @Test
    void aProbeThatIsRefusedProlongsThePause() {
        Tally refused = Tally.NOTHING.and(new CallOutcome.RetryIn(Duration.ofSeconds(5), 422, "HTTP 422"));

        Verdict verdict = BREAKER.judge(new Health(5, NOW.minusSeconds(4), NOW, NOW, null), refused, NOW);

        assertThat(verdict.health().pausedUntil()).isEqualTo(NOW.plusSeconds(5));
        assertThat(verdict.notices()).isEmpty();
    }

    @Test
    void pausesGrowWithTheTimeOfFailureAndAreToldOfOnce() {
        Instant since = NOW.minus(Duration.ofMinutes(10));

        Verdict verdict = BREAKER.judge(new Health(9, since, NOW, NOW, null), failures(1), NOW);

        assertThat(verdict.health().pausedUntil()).isEqualTo(NOW.plus(Duration.ofMinutes(5)));
        assertThat(verdict.notices()).isEmpty();
        assertThat(BREAKER.judge(new Health(9, NOW.minus(Duration.ofDays(2)), NOW, NOW, null), failures(1), NOW)
                        .health()
                        .pausedUntil())
                .isEqualTo(NOW.plus(Duration.ofMinutes(15)));
    }

    @Test
    void thatItStillFailsIsToldOnceADay() {
        Instant since = NOW.minus(Duration.ofDays(2));
        Health told = new Health(99, since, NOW, NOW.minus(Duration.ofHours(23)), null);
        Health toldYesterday = new Health(99, since, NOW, NOW.minus(Duration.ofHours(24)), null);

        assertThat(BREAKER.judge(told, failures(1), NOW).notices()).isEmpty();
        Verdict verdict = BREAKER.judge(toldYesterday, failures(1), NOW);

        assertThat(verdict.notices()).containsExactly(new Notice("endpoint.failing", since, true));
        assertThat(verdict.health().toldAt()).isEqualTo(NOW);
    }

    @Test
    void aSuccessEndsIt() {
        Instant since = NOW.minusSeconds(60);

        Verdict verdict = BREAKER.judge(
                new Health(9, since, NOW, NOW, null), new Tally(true, 0, false, false, null, false, null), NOW);

        assertThat(verdict.health()).isEqualTo(Health.SOUND);
        assertThat(verdict.notices()).containsExactly(new Notice("endpoint.recovered", since));
    }

    @Test
    void fiveDaysWithoutASuccessDisable() {
        Instant since = NOW.minus(Duration.ofDays(5));

        Verdict verdict = BREAKER.judge(new Health(99, since, NOW, NOW, null), failures(1), NOW);

        assertThat(verdict.health().disabledReason()).isEqualTo("it has been failing since " + since);
        assertThat(verdict.notices()).containsExactly(new Notice("endpoint.disabled", since));
    }

    @Test
    void goneDisablesAtOnce() {
        Verdict verdict = BREAKER.judge(Health.SOUND, Tally.NOTHING.and(new CallOutcome.Gone()), NOW);

        assertThat(verdict.health().disabledReason()).isEqualTo("it answered 410 Gone");
    }

    @Test
    void onlyFailuresAfterTheLastSuccessCount() {
        Tally tally = Tally.NOTHING
                .and(new CallOutcome.RetryIn(Duration.ofSeconds(5), 500, "HTTP 500"))
                .and(new CallOutcome.Delivered(200))
                .and(new CallOutcome.Abandoned(null, "gone"));

        assertThat(tally).isEqualTo(new Tally(true, 1, false, false, null, false, "gone"));
    }
}
