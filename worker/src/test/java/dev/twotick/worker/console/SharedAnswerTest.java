package dev.twotick.worker.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedAnswerTest {
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // it may wrap

    private final SharedAnswer<Integer> answer = new SharedAnswer<>(asked::incrementAndGet, nanos::get);

    @Test
    void howeverManyLookAtOnceItIsFoundOutOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> looks = IntStream.range(0, 100)
                    .mapToObj(_ -> threads.submit(answer::get))
                    .toList();
            for (Future<Integer> look : looks) {
                assertThat(look.get()).isOne();
            }
        }
    }

    @Test
    void aSecondLaterItIsFoundOutAnewAndWhileNobodyLooksNotAtAll() {
        answer.get();
        nanos.addAndGet(999_999_999);
        assertThat(answer.get()).isOne();
        nanos.addAndGet(60_000_000_000L);
        assertThat(asked).hasValue(1);
        assertThat(answer.get()).isEqualTo(2);
    }

    @Test
    void aFaultIsNotKept() {
        SharedAnswer<Integer> odd = new SharedAnswer<>(
                () -> {
                    if (asked.incrementAndGet() == 1) {
                        throw new IllegalStateException("not now");
                    }
                    return asked.get();
                },
                nanos::get);
        assertThatThrownBy(odd::get).hasMessage("not now");
        assertThat(odd.get()).isEqualTo(2);
    }
}
