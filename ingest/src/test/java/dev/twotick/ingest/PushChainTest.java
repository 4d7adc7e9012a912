package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.StreamBatch.Link;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PushChainTest {
    private final PushChain chain = new PushChain(RedisKeys.ALONE);

    private static List<QueuedPayload> payloads(int number) {
        Instant now = Instant.now();
        return IntStream.range(0, number)
                .mapToObj(_ -> QueuedPayload.fresh(PayloadId.at(now), now, new byte[100], "app"))
                .toList();
    }

    private List<PayloadId> forgotten() {
        List<PayloadId> all = new ArrayList<>();
        for (var some = chain.takeForgotten(2); !some.isEmpty(); some = chain.takeForgotten(2)) {
            some.stream().map(QueuedPayload::id).forEach(all::add);
        }
        return all;
    }

    @Test
    void whatLiesBetweenALinkAndTheOneThatRedisHadIsForgotten() {
        List<QueuedPayload> second = payloads(3);
        List<QueuedPayload> third = payloads(1);
        Link first = chain.begin(payloads(2));
        chain.follows(first, OptionalLong.empty());
        chain.follows(chain.begin(second), OptionalLong.of(first.number()));
        chain.begin(third); // never answered
        assertThat(forgotten()).isEmpty();

        chain.follows(chain.begin(payloads(5)), OptionalLong.of(first.number()));

        assertThat(forgotten())
                .containsExactlyElementsOf(java.util.stream.Stream.concat(second.stream(), third.stream())
                        .map(QueuedPayload::id)
                        .toList());
        assertThat(forgotten()).isEmpty();
    }

    @Test
    void whatWasPushedAgainCanBeForgottenAgain() {
        List<QueuedPayload> payloads = payloads(3);
        chain.begin(payloads);
        chain.found(null);
        List<QueuedPayload> again = chain.takeForgotten(10);
        assertThat(again).extracting(QueuedPayload::id).containsExactlyElementsOf(ids(payloads));
        assertThat(again).allMatch(payload -> payload.body() == null);

        chain.follows(chain.begin(again), OptionalLong.empty());
        chain.found(null);

        assertThat(forgotten()).containsExactlyElementsOf(ids(payloads));
    }

    @Test
    void whatIsThereIsNotForgotten() {
        Link link = chain.begin(payloads(3));
        chain.found(String.valueOf(link.number()));

        assertThat(forgotten()).isEmpty();
        assertThat(chain.isEmpty()).isFalse();
    }

    @Test
    void itHoldsSoMuchAndNoMore() {
        for (int links = 0; links < 100; links++) {
            chain.begin(payloads(1_000));
        }
        chain.found(null);

        assertThat(forgotten()).hasSizeBetween(30_000, 32_768);
    }

    private static List<PayloadId> ids(List<QueuedPayload> payloads) {
        return payloads.stream().map(QueuedPayload::id).toList();
    }
}
