package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.MetaBodies;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.messages.ReadMarks.Mark;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@WithStores
class ReadMarksTest extends AppliedFacts {
    private static final Instant MORNING = Instant.parse("2026-11-21T09:00:00Z");

    @Test
    void whatIsHereIsReadAndWhatComesLaterIsNot() {
        receive("A", 0);
        receive("B", 60);
        assertThat(read(null))
                .hasValueSatisfying(mark -> assertThat(mark.unread()).isZero());
        receive("C", 120);
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(read(null)).isEqualTo(read(null)).hasValueSatisfying(mark -> {
            assertThat(mark.unread()).isZero();
            assertThat(mark.readUpTo()).isEqualTo(MORNING.plusSeconds(120));
        });
    }

    @Test
    void upToAMessageThoseAfterItStayUnread() {
        List.of("A", "B", "C").forEach(wamid -> receive(wamid, 60 * (wamid.charAt(0) - 'A')));
        assertThat(readUpTo("B")).map(Mark::unread).hasValue(1);
        assertThat(readUpTo("A")).map(Mark::unread).hasValue(1);
        assertThat(readUpTo("C")).map(Mark::unread).hasValue(0);
    }

    @Test
    void nothingIsReadBeforeItIsHere() {
        receive("A", 0);
        assertThat(read(MORNING.plusSeconds(3600)))
                .hasValueSatisfying(mark -> assertThat(mark.readUpTo()).isEqualTo(MORNING));
        receive("B", 60);
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
    }

    @Test
    void whereNothingHasComeNothingIsRead() {
        twotick.apply(text("E", "ours").by(Source.ECHO).fact());
        assertThat(read(MORNING.plusSeconds(3600)))
                .hasValueSatisfying(mark -> assertThat(mark.readUpTo()).isNull());
        receive("A", 60);
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
    }

    @Test
    void whatTheBusinessWroteIsNotUnreadAndMayBeWhatWasSeenLast() {
        receive("A", 0);
        twotick.apply(text("E", "ours").by(Source.ECHO).later(5).fact());
        assertThat(readUpTo("E")).map(Mark::unread).hasValue(0);
    }

    @Test
    void whatIsNotThereIsNotRead() {
        receive("A", 0);
        Optional<Mark> nowhere = Retries.transaction(twotick.db(), tx -> ReadMarks.read(tx, 0, null));
        assertThat(nowhere).isEmpty();
        assertThat(readUpTo(UUID.randomUUID())).isEmpty();
    }

    /// However long the conversation is.
    @Test
    void noMessageIsLookedAtButWhatIsUnread() {
        assertThat(twotick.plan(ReadMarks.READ.replace("{0}", "1").replace("{1}", "now()")))
                .contains("Index Only Scan Backward using message_unread_idx")
                .contains("Index Only Scan using message_unread_idx")
                .doesNotContain("message_order_idx", "message_latest_idx", "Seq Scan on public.message");
    }

    @Test
    void readWhileMessagesComeTheCountIsThatOfWhatIsUnread() throws Exception {
        receive("first", 0);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(thread ->
                            threads.submit(() -> IntStream.range(0, 25).forEach(i -> {
                                if (thread == 0) {
                                    read(null);
                                } else {
                                    receive("W" + thread + "-" + i, thread + 5 * i);
                                }
                            })))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(row("select unread_count from conversation"))
                .isEqualTo(row("select count(*)::int from message m join conversation c on c.id = m.conversation_id"
                        + " where m.live_at > c.read_up_to"));
    }

    private static void receive(String wamid, int seconds) {
        Instant at = MORNING.plusSeconds(seconds);
        byte[] body = MetaBodies.text("16505551234", wamid, at.getEpochSecond(), "hello");
        TestApplier.apply(twotick.applier(), List.of(TestApplier.work(body, at)));
    }

    private static Optional<Mark> read(@Nullable Instant upTo) {
        return Retries.transaction(twotick.db(), tx -> ReadMarks.read(tx, conversation(), upTo));
    }

    private static Optional<Mark> readUpTo(String wamid) {
        return readUpTo((UUID) row("select key from message where wamid = '" + wamid + "'"));
    }

    private static Optional<Mark> readUpTo(UUID message) {
        return Retries.transaction(twotick.db(), tx -> ReadMarks.readUpTo(tx, conversation(), message));
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }

    private static long conversation() {
        return (long) row("select id from conversation");
    }
}
