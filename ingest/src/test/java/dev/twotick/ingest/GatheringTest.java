package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.ingest.Gathering.Waiting;
import dev.twotick.model.payload.SignedPayload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatheringTest {
    private final Gathering gathering = new Gathering(100, 1_000_000);
    private final List<Receipt> answers = new ArrayList<>();

    private Waiting waiting() {
        return new Waiting(
                SignedPayload.received(Instant.now(), new byte[] {1}, new byte[0], "app"),
                receipt -> answers.add(receipt));
    }

    @Test
    void besideABatchThatHangsNobodyWaitsForOthersToCome() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(gathering.add(waiting())).isTrue();
        }
        assertThat(gathering.takeBatch()).hasSize(10); // and is never written

        assertThat(gathering.add(waiting())).isTrue();

        assertThat(gathering.takeBatch()).hasSize(1);
    }

    @Test
    void anAnswerThatFailsIsItsOwnFault() {
        Waiting failing = new Waiting(waiting().payload(), _ -> {
            throw new IllegalStateException("the client is gone");
        });

        failing.answer(new Receipt.Logged());
        failing.answer(new Receipt.Refused("late"));
        waiting().answer(new Receipt.Logged());

        assertThat(answers).containsExactly(new Receipt.Logged());
    }
}
