package dev.twotick.db.payloadlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.payload.PayloadId;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdRangeTest {

    @Test
    void aRangeIsCutAtMidnight() {
        UUID from = PayloadId.floor(Instant.parse("2026-11-20T22:00:00Z"));
        UUID midnight = PayloadId.floor(Instant.parse("2026-11-21T00:00:00Z"));
        UUID to = PayloadId.floor(Instant.parse("2026-11-21T01:00:00Z"));
        assertThat(new IdRange(from, to).days())
                .containsExactly(new IdRange(from, midnight), new IdRange(midnight, to));
        assertThat(new IdRange(from, midnight).days()).containsExactly(new IdRange(from, midnight));
        assertThat(new IdRange(to, from).days()).isEmpty();
    }

    @Test
    void theNextIdCarries() {
        assertThat(IdRange.after(new UUID(1, -1))).isEqualTo(new UUID(2, 0));
        assertThat(IdRange.after(new UUID(1, Long.MAX_VALUE))).isEqualTo(new UUID(1, Long.MIN_VALUE));
    }

    @Test
    void idsCompareAsInPostgres() {
        assertThat(IdRange.less(new UUID(Long.MAX_VALUE, 0), new UUID(Long.MIN_VALUE, 0)))
                .isTrue();
        assertThat(IdRange.less(new UUID(1, -1), new UUID(1, 0))).isFalse();
    }
}
