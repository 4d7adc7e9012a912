package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.NUMBER;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.interpret.Person;
import java.util.List;
import org.junit.jupiter.api.Test;

@WithStores
class ReactionsTest extends AppliedFacts {

    private static final Person ADA_BY_BOTH = new Person("16505551234", "US.ada", null, null, null, NOON);
    private static final Person ADA_BY_USER_ID = new Person(null, "US.ada", null, null, null, NOON);

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
    void ofOneSecondTakingItBackStands() {
        for (int i = 0; i < 4; i++) { // digests that decide either way
            twotick.empty();
            twotick.sameInEveryOrder(
                    message("wamid.R" + i).reactsTo("wamid.A", "👍").fact(),
                    message("wamid.S" + i).reactsTo("wamid.A", "").fact(),
                    message("wamid.T" + i).reactsTo("wamid.A", "🎉").fact());

            assertThat(row("select emoji is null from message_reaction")).isEqualTo(true);
        }
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

    @Test
    void whatWasSetUnderTheNumberIsTakenBackUnderTheUserId() {
        twotick.sameInEveryOrder(
                message("wamid.R1").reactsTo("wamid.A", "👍").later(1).fact(),
                message("wamid.R2")
                        .reactsTo("wamid.A", "")
                        .peer(ADA_BY_BOTH)
                        .later(2)
                        .fact());

        assertThat(reactions()).containsExactly("16505551234 none");
    }

    @Test
    void whatWasTakenBackUnderTheUserIdIsSetAgainUnderTheNumber() {
        twotick.sameInEveryOrder(
                message("wamid.R1")
                        .reactsTo("wamid.A", "")
                        .peer(ADA_BY_BOTH)
                        .later(1)
                        .fact(),
                message("wamid.R2").reactsTo("wamid.A", "👍").later(2).fact(),
                message("wamid.R3").reactsTo("wamid.A", "👎").at(null).fact());

        assertThat(reactions()).containsExactly("16505551234 👍");
    }

    @Test
    void underTwoIdsTheOneWithoutATimeGivesWay() {
        twotick.sameInEveryOrder(
                message("wamid.R1").reactsTo("wamid.A", "👍").fact(),
                message("wamid.R2")
                        .reactsTo("wamid.A", "🎉")
                        .peer(ADA_BY_BOTH)
                        .at(null)
                        .fact());

        assertThat(reactions()).containsExactly("16505551234 👍");
    }

    @Test
    void underTwoIdsAtOneTimeTheDigestDecides() {
        twotick.sameInEveryOrder(
                message("wamid.R1").reactsTo("wamid.A", "👍").fact(),
                message("wamid.R2").reactsTo("wamid.A", "🎉").peer(ADA_BY_BOTH).fact());

        assertThat(row("select emoji from message_reaction"))
                .isEqualTo(row("select emoji from reaction_statement order by digest desc limit 1"));
    }

    @Test
    void whatHistoryTellsOfANumberIsTakenBackLiveUnderTheUserIdAlone() {
        for (List<Fact> order : TestApplier.orders(List.of(
                message("wamid.R1")
                        .reactsTo("wamid.A", "👍")
                        .by(Source.HISTORY)
                        .later(1)
                        .fact(),
                message("wamid.R2")
                        .reactsTo("wamid.A", "")
                        .peer(ADA_BY_USER_ID)
                        .later(3)
                        .fact(),
                text("wamid.B", "hello").peer(ADA_BY_BOTH).later(2).fact()))) {
            twotick.empty();
            order.forEach(twotick::apply);
            assertThat(reactions()).containsExactly("16505551234 none");
        }
    }

    @Test
    void oneItemWithAndWithoutContactsIsOneReaction() {
        byte[] bare = body("", reaction("wamid.R1", "wamid.A", "\"from\":\"16505551234\",", "👍", 1));
        byte[] named = body(
                "\"contacts\":[{\"wa_id\":\"16505551234\",\"user_id\":\"US.ada\"}],",
                reaction("wamid.R1", "wamid.A", "\"from\":\"16505551234\",", "👍", 1));
        for (List<byte[]> order : List.of(List.of(bare, named), List.of(named, bare))) {
            twotick.empty();
            order.forEach(twotick::apply);
            assertThat(reactions()).containsExactly("16505551234 👍");
            twotick.empty();
            twotick.apply(order.toArray(byte[][]::new));
            assertThat(reactions()).containsExactly("16505551234 👍");
        }
    }

    @Test
    void twoWhoReactedAndProveToBeOneHaveTheLatterReaction() {
        twotick.apply(
                message("wamid.R1").reactsTo("wamid.A", "👍").later(2).fact(),
                message("wamid.R2")
                        .reactsTo("wamid.A", "🎉")
                        .peer(ADA_BY_USER_ID)
                        .later(1)
                        .fact());
        assertThat(reactions()).containsExactly("16505551234 👍", "US.ada 🎉");

        twotick.apply(text("wamid.B", "hello").peer(ADA_BY_BOTH).later(3).fact());

        assertThat(reactions()).containsExactly("16505551234 👍");
    }

    @Test
    void aNumberThatPassedOnTakesNoReactionFromWhoHadIt() {
        twotick.apply(message("wamid.R1")
                .reactsTo("wamid.A", "👍")
                .peer(ADA_BY_BOTH)
                .later(1)
                .fact());
        twotick.apply(text("wamid.B", "hello")
                .peer(new Person("16505551234", "US.eve", null, null, null, NOON.plusSeconds(2)))
                .later(2)
                .fact());
        twotick.apply(message("wamid.R2").reactsTo("wamid.A", "🎉").later(3).fact());

        assertThat(reactions()).containsExactly("16505551234 🎉", "US.ada 👍");
    }

    @Test
    void inAGroupEachParticipantHasAReactionOfTheirOwn() {
        twotick.apply(body(
                "",
                reaction("wamid.R1", "wamid.G", "\"group_id\":\"g1\",\"from\":\"16505551234\",", "👍", 1),
                reaction("wamid.R2", "wamid.G", "\"group_id\":\"g1\",\"from_user_id\":\"US.ben\",", "🎉", 2),
                reaction("wamid.R3", "wamid.G", "\"group_id\":\"g1\",\"from_user_id\":\"US.ben\",", "", 3)));

        assertThat(reactions()).containsExactly("16505551234 👍", "US.ben none");
    }

    @Test
    void whereMetaDoesNotSayWhoThereIsOneReactionOfNobody() {
        twotick.sameInEveryOrder(
                message("wamid.R1")
                        .reactsTo("wamid.A", "👍")
                        .peer(null)
                        .later(1)
                        .fact(),
                message("wamid.R2")
                        .reactsTo("wamid.A", "🎉")
                        .peer(null)
                        .later(2)
                        .fact(),
                message("wamid.R3").reactsTo("wamid.A", "❤").by(Source.ECHO).fact());

        assertThat(reactions()).containsExactly(" 🎉", "business ❤");
    }

    /// The predicate goes down to the key of the statements.
    @Test
    void aMessagesReactionsAreFoundByItsId() {
        assertThat(twotick.plan("select * from message_reaction where message_id = 1"))
                .contains("Index Cond: (r.message_id = 1)")
                .doesNotContain("Seq Scan");
    }

    private static byte[] body(String contacts, String... messages) {
        return """
                {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages",
                "value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"%s"},%s"messages":[%s]}}]}]}
                """.formatted(NUMBER, contacts, String.join(",", messages)).getBytes(UTF_8);
    }

    /// @param from members that say who
    private static String reaction(String wamid, String target, String from, String emoji, int second) {
        return """
                {"id":"%s",%s"timestamp":"%s","type":"reaction","reaction":{"message_id":"%s","emoji":"%s"}}""".formatted(wamid, from, NOON.plusSeconds(second).getEpochSecond(), target, emoji);
    }

    private static List<String> reactions() {
        return twotick.column("select reactor || ' ' || coalesce(emoji, 'none') from message_reaction order by 1");
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
