package dev.twotick.worker.notices;

import static dev.twotick.worker.MetaBodies.envelope;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.TestApplier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What Meta gives neither an id nor a time, such as an error of a whole value: its retry, up to seven days later, is
/// the same; the same said anew is another.
@WithStores
class UndatedNoticesTest extends AppliedFacts {
    private static final Instant NOW = Instant.parse("2026-11-28T20:00:00Z");
    private static final byte[] RATE_LIMIT = error("130429");

    @Test
    void aRetryIsTheSameOnWhicheverDayAndInWhicheverOrderItComes() {
        for (Duration later : List.of(
                Duration.ZERO,
                Duration.ofMinutes(1),
                Duration.ofDays(1),
                Duration.ofDays(3),
                Duration.ofDays(7).minusSeconds(1))) {
            for (List<Instant> order : inBothOrders(NOW, NOW.plus(later))) {
                twotick.empty();
                apart(order);
                assertTold(1);
                twotick.empty();
                together(order);
                assertTold(1);
            }
        }
    }

    @Test
    void nextWeeksIsAnotherInWhicheverOrderTheyCome() {
        for (Duration later : List.of(Duration.ofDays(7), Duration.ofDays(8), Duration.ofDays(365))) {
            for (List<Instant> order : inBothOrders(NOW, NOW.plus(later))) {
                twotick.empty();
                apart(order);
                assertTold(2);
                twotick.empty();
                together(order);
                assertTold(2);
            }
        }
    }

    @Test
    void aRetryOfTodaysDoesNotHideNextWeeks() {
        apart(List.of(NOW, NOW.plus(Duration.ofDays(6)), NOW.plus(Duration.ofDays(8))));

        assertTold(2);
    }

    @Test
    void aReplayOfAllOfThemTellsNothingAgain() {
        List<Instant> all = Stream.of(0, 3, 8, 9, 16, 40)
                .map(days -> NOW.plus(Duration.ofDays(days)))
                .toList();
        apart(all);
        List<String> told = twotick.column("select id::text from hook_event order by id");
        assertTold(4);

        apart(all);
        apart(all.reversed());
        assertThat(twotick.column("select id::text from hook_event order by id"))
                .isEqualTo(told);

        twotick.empty();
        apart(all); // from a backup, with the log played anew
        assertThat(twotick.column("select id::text from hook_event order by id"))
                .isEqualTo(told);
    }

    @Test
    void whoSaysSomethingElseIsNobodysRetry() {
        twotick.apply(RATE_LIMIT, error("131056"), error("130429"));

        assertTold(2);
    }

    @Test
    void whatHasATimeOfMetasIsToldByIt() {
        String alert = new String(RATE_LIMIT, UTF_8);
        for (int second = 0; second < 3; second++) {
            String dated = alert.replace("\"changes\"", "\"time\":179580000" + second + ",\"changes\"");
            twotick.apply(dated.getBytes(UTF_8));
        }

        assertTold(3);
    }

    @Test
    void copiesThatManyWorkersApplyAtOnceAreToldOnce() throws Exception {
        List<Future<?>> workers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            for (int i = 0; i < 6; i++) {
                Instant at = NOW.plus(Duration.ofDays(i));
                workers.add(threads.submit(() -> together(List.of(at))));
            }
        }
        for (Future<?> worker : workers) {
            worker.get();
        }
        assertTold(1);
    }

    /// Each in a batch of its own.
    private static void apart(List<Instant> times) {
        times.forEach(at -> together(List.of(at)));
    }

    private static void together(List<Instant> times) {
        TestApplier.apply(
                twotick.applier(),
                times.stream().map(at -> TestApplier.work(RATE_LIMIT, at)).toList());
    }

    private static List<List<Instant>> inBothOrders(Instant one, Instant other) {
        return List.of(List.of(one, other), List.of(other, one));
    }

    private static void assertTold(int times) {
        assertThat(twotick.row("select count(*) from account_notice")).isEqualTo((long) times);
        assertThat(twotick.events().stream().filter("account.notice"::equals)).hasSize(times);
    }

    private static byte[] error(String code) {
        return envelope("""
                {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"77"},\
                "errors":[{"code":%s,"title":"Rate limit hit"}]}}""".formatted(code));
    }
}
