package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final Duration FAST = Duration.ofMillis(10);
    private static final Duration SLOW = Duration.ofSeconds(2);

    private final BatchSize size = new BatchSize(512);

    @Test
    void fullAndFastBatchesDoubleIt() {
        becomes(FAST, 16, 32, 64, 128, 256, 512, 512);
    }

    @Test
    void whatIsNotFullSaysNothing() {
        size.took(15, FAST);
        assertThat(size.next()).isEqualTo(16);
    }

    @Test
    void slowBatchesHalveItAndNeverBelowTheFirst() {
        becomes(FAST, 16, 32, 64, 128, 256);
        becomes(SLOW, 512, 256, 128, 64, 32, 16, 16);
    }

    private void becomes(Duration time, int... expected) {
        for (int next : expected) {
            assertThat(size.next()).isEqualTo(next);
            size.took(next, time);
        }
    }

    @Test
    void theMostIsNeverPassed() {
        assertThat(new BatchSize(3).next()).isEqualTo(3);
    }
}
