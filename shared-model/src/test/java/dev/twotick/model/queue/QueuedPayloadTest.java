package dev.twotick.model.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QueuedPayloadTest {
    private static final Instant AT = Instant.parse("2026-11-21T10:15:30.123Z");

    @Test
    void anEntryReadsBackAsItWasWritten() {
        QueuedPayload written = new QueuedPayload(
                PayloadId.at(AT), AT, new byte[] {0, -1, 7}, "shop", null, UUID.randomUUID(), true, true);

        assertThat(QueuedPayload.fromFields(written.toFields()))
                .usingRecursiveComparison()
                .isEqualTo(written);
    }

    @Test
    void aLongBodyStaysInTheLog() {
        byte[] body = new byte[PayloadStreams.MAX_INLINE_BODY + 1];

        assertThat(QueuedPayload.fresh(PayloadId.at(AT), AT, body, "shop").body())
                .isNull();
    }

    @Test
    void fieldsOfANewerVersionAreIgnored() {
        Map<byte[], byte[]> fields = new HashMap<>(
                QueuedPayload.fresh(PayloadId.at(AT), AT, new byte[1], "shop").toFields());
        fields.put("tomorrow".getBytes(UTF_8), new byte[3]);

        assertThat(QueuedPayload.fromFields(fields).at()).isEqualTo(AT);
    }

    @Test
    void anEntryOfForeignShapeIsRefused() {
        assertThatThrownBy(() -> QueuedPayload.fromFields(Map.of("job".getBytes(UTF_8), new byte[1])))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void idsSortAsTheirTimes() {
        PayloadId early = PayloadId.at(AT);
        PayloadId late = PayloadId.at(AT.plusMillis(1));

        assertThat(early).isLessThan(late);
        assertThat(early.time()).isEqualTo(AT);
        assertThat(new PayloadId(PayloadId.floor(AT))).isLessThanOrEqualTo(early);
    }
}
