package dev.twotick.worker.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicLong now = new AtomicLong(-5);

    @Test
    void noMoreThanTheRateGoes() {
        Pace pace = new Pace(100, now::get);
        assertThat(pace.allowed(256)).isEqualTo(1);
        pace.went(1);
        assertThat(pace.allowed(256)).isZero();
        now.addAndGet(500_000_000);
        assertThat(pace.allowed(256)).isEqualTo(50);
        assertThat(pace.allowed(20)).isEqualTo(20);
        assertThat(pace.allowed(0)).isZero();
    }

    @Test
    void withoutARateAsMuchAsThereIsRoomGoes() {
        assertThat(Pace.unlimited().allowed(256)).isEqualTo(256);
    }
}
