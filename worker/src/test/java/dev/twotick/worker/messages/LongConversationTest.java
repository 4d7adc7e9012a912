package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.ADA;
import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.notice;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Applying a batch reads what the batch names, however long the conversations are that it is about.
@WithStores
class LongConversationTest extends AppliedFacts {
    private static final long LENGTH = 5_000;
    private static final String COUNTED = "(select count(*) from message m where m.conversation_id = c.id"
            + " and m.kind = 'content' and m.direction = 'inbound' and m.live_at is not null)";

    /// Thousands of contents of each direction, then as many reactions: the last content is not the last row.
    @BeforeEach
    void aLongConversation() {
        twotick.apply(
                text("wamid.A", "hello").by(Source.HISTORY).later(20).fact(),
                text("wamid.B", "hello").later(10).fact(),
                text("wamid.C", "hello").by(Source.HISTORY).later(30).fact());
        twotick.execute(
                "insert into message (key, account_id, wamid, live_at, direction, direction_rank, kind, type, told,"
                        + " content_rank, occurred_at, conversation_id, content_digest)"
                        + " select gen_random_uuid(), account_id, 'wamid.X' || i, live_at,"
                        + " case when i % 2 = 0 then 'inbound' else 'outbound' end, 4,"
                        + " case when i > " + LENGTH + " then 'reaction' else 'content' end, 'text', told, 5,"
                        + " occurred_at - interval '1 hour' + (i || ' ms')::interval, conversation_id, content_digest"
                        + " from message, generate_series(1, " + 2 * LENGTH + ") i where wamid = 'wamid.B'");
        twotick.execute("update conversation c set unread_count = " + COUNTED);
        twotick.execute("vacuum analyze message");
    }

    static Stream<Arguments> batches() {
        return Stream.of(
                Arguments.of(
                        "a content that is told live after history told it",
                        List.of(text("wamid.A", "hello").later(20).fact())),
                Arguments.of(
                        "another content",
                        List.of(text("wamid.B", "other").later(11).fact())),
                Arguments.of(
                        "another sender",
                        List.of(text("wamid.B", "other").peer(BEN).later(11).fact())),
                Arguments.of("a content that proves to be the business's", List.of(status("wamid.C", "read", 40))),
                Arguments.of(
                        "a call",
                        List.of(notice(
                                "call:1",
                                NOON,
                                "{}",
                                new Effect.CallReported(
                                        "wacid.1", Direction.INBOUND, "connect", null, ADA, null, null, null, null)))),
                Arguments.of(
                        "the next content",
                        List.of(text("wamid.D", "next").later(50).fact())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("batches")
    void isNotReadWhole(String what, List<Fact> facts) {
        long before = rowsRead();
        twotick.apply(facts.toArray(Fact[]::new));

        assertThat(rowsRead() - before).as(what).isLessThan(LENGTH / 50);
        assertThat(twotick.column("select 'counted ' || unread_count || ', there are ' || " + COUNTED
                        + " from conversation c where unread_count <> " + COUNTED))
                .as(what)
                .isEmpty();
    }

    /// Of tables that a conversation may fill. The connection that applied them is the one that asks.
    private static long rowsRead() {
        twotick.execute("select pg_stat_force_next_flush()");
        return (long) twotick.row("select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint"
                + " + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relname in ('message', 'call'))"
                + " from pg_stat_user_tables where relname in ('message', 'call')");
    }
}
