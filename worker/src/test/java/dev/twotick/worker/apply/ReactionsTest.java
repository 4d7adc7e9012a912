package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("long")
class ReactionsTest {
    private static TestApplier twotick;

    @BeforeAll
    static void open(Stores stores) {
        twotick = new TestApplier(stores);
    }

    @AfterAll
    static void close() {
        twotick.close();
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }

    @Test
    void theLatestReactionStandsInEveryOrder() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                message("wamid.R1").reactsTo("wamid.A", "👍").later(1).fact(),
                message("wamid.R2").reactsTo("wamid.A", "🎉").later(2).fact(),
                message("wamid.R3").reactsTo("wamid.A", "👎").at(null).fact());

        assertThat(row("select reactor || emoji from message_reaction")).isEqualTo("16505551234🎉");
        assertThat(twotick.events().stream().filter("reaction.changed"::equals)).hasSize(3);
        assertThat(row("select unread_count || ' ' || last_message_at from conversation"))
                .isEqualTo("1 " + row("select occurred_at::text from message where wamid = 'wamid.A'"));
    }

    @Test
    void aReactionThatWasTakenBackStaysAsNone() {
        twotick.sameInEveryOrder(
                message("wamid.R1").reactsTo("wamid.A", "👍").later(1).fact(),
                message("wamid.R2").reactsTo("wamid.A", "").later(2).fact());

        assertThat(row("select reactor || (emoji is null) from message_reaction"))
                .isEqualTo("16505551234true");
        assertThat(row("select direction is null and conversation_id is null from message where wamid = 'wamid.A'"))
                .isEqualTo(true);
    }

    @Test
    void everybodyHasAReactionAndTheBusinessHasOne() {
        twotick.sameInEveryOrder(
                message("wamid.R1").reactsTo("wamid.A", "👍").fact(),
                message("wamid.R2").reactsTo("wamid.A", "🎉").peer(BEN).fact(),
                message("wamid.R3").reactsTo("wamid.A", "❤").by(Source.ECHO).fact());

        assertThat(row("select string_agg(reactor, ' ' order by reactor) from message_reaction"))
                .isEqualTo("16505551234 16505559999 business");
        assertThat(row("select string_agg(body::json->'data'->>'reactor', ' ' order by body::json->'data'->>'reactor')"
                        + " from hook_event where type = 'reaction.changed'"))
                .isEqualTo("16505551234 16505559999 business");
    }

    @Test
    void reactionsFromHistoryAreKeptAndRaiseNothing() {
        twotick.apply(
                message("wamid.R1").reactsTo("wamid.A", "👍").by(Source.HISTORY).fact());

        assertThat(row("select count(*) from message_reaction")).isEqualTo(1L);
        assertThat(twotick.events()).doesNotContain("reaction.changed");
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
