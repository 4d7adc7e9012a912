package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.payload.PayloadId;
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
        byte[] body = new byte[QueuedPayload.MAX_INLINE_BODY + 1];

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
}
