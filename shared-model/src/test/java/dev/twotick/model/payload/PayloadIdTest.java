package dev.twotick.model.payload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class PayloadIdTest {
    private static final Instant AT = Instant.parse("2026-11-21T10:15:30.123Z");

    @Test
    void idsSortAsTheirTimes() {
        PayloadId early = PayloadId.at(AT);
        PayloadId late = PayloadId.at(AT.plusMillis(1));

        assertThat(early).isLessThan(late);
        assertThat(early.time()).isEqualTo(AT);
        assertThat(new PayloadId(PayloadId.floor(AT))).isLessThanOrEqualTo(early);
    }
}
