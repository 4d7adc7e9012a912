package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StreamEntryTest {
    private final QueuedPayload payload = TestStream.payload();

    @Test
    void anEntryProcessedTwiceAsksForOneOutcome() {
        UUID first = new StreamEntry("1795263760312-7", payload, 1, 0).attempt();
        assertThat(new StreamEntry("1795263760312-7", payload, 2, 0).attempt()).isEqualTo(first);
        assertThat(new StreamEntry("1795263760312-8", payload, 1, 0).attempt()).isNotEqualTo(first);
        assertThat(new StreamEntry("1795263760312-7", TestStream.payload(), 1, 0).attempt())
                .isNotEqualTo(first);
    }

    @Test
    void itsOutcomeIsOfTheEntrysTime() {
        PayloadId attempt = new PayloadId(new StreamEntry("1795263760312-7", payload, 1, 0).attempt());
        assertThat(attempt.time()).isEqualTo(Instant.ofEpochMilli(1795263760312L));
        assertThat(attempt.value().variant()).isEqualTo(2);
    }

    @Test
    void theOutcomeThatAReplayAsksForIsWritten() {
        UUID asked = PayloadId.at(Instant.now()).value();
        QueuedPayload replayed = new QueuedPayload(payload.id(), payload.at(), null, null, null, asked, true, false);
        assertThat(new StreamEntry("1-0", replayed, 1, 0).attempt()).isEqualTo(asked);
    }

    @Test
    void anIdOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> new StreamEntry("*", payload, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
