package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Person;
import org.junit.jupiter.api.Test;

@WithStores
class ContentsTest extends AppliedFacts {

    @Test
    void anotherSendersContentTakesTheMessageToItsConversation() {
        twotick.sameInEveryOrder(
                text("wamid.A", "by Ada").fact(),
                text("wamid.A", "by Ben").peer(BEN).later(5).fact(),
                text("wamid.B", "before").later(-60).fact(),
                status("wamid.A", "read", 9));

        assertThat(row("select m.body || i.value from message m join conversation c on c.id = m.conversation_id"
                        + " join contact_identity i on i.contact_id = c.contact_id where wamid = 'wamid.A'"))
                .isEqualTo("by Ben16505559999");
        assertThat(row(
                        "select string_agg(unread_count || ' ' || (last_message_at - timestamptz '2026-11-21T12:00:00Z'),"
                                + " ', ' order by last_message_at) from conversation"))
                .isEqualTo("1 -00:01:00, 1 00:00:05");
    }

    @Test
    void aConversationThatLostItsOnlyMessageIsNone() {
        twotick.sameInEveryOrder(
                text("wamid.A", "by Ada").fact(),
                text("wamid.A", "by Ben").peer(BEN).later(5).fact());

        assertThat(row("select count(*) from conversation")).isEqualTo(1L);
        assertThat(row("select count(*) from contact")).isEqualTo(2L);
    }

    @Test
    void anUnknownSenderMayTurnOutToBeSomebody() {
        twotick.sameInEveryOrder(
                text("wamid.A", "who").peer(null).fact(),
                text("wamid.A", "me").later(5).fact(),
                text("wamid.A", "again nobody").peer(null).later(3).fact());

        assertThat(row("select unread_count from conversation")).isEqualTo(1);
    }

    @Test
    void aContentWithoutATimeIsBelowEveryOther() {
        twotick.sameInEveryOrder(
                text("wamid.A", "timeless").at(null).fact(),
                text("wamid.A", "of 1970").later(-1_795_000_000).fact());

        assertThat(row("select body from message")).isEqualTo("of 1970");
    }

    @Test
    void ofOneItemUnderTwoNamesOfItsSenderTheUserIdStands() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.A", "hello")
                        .peer(new Person("16505551234", "US.1", null, null, null, NOON))
                        .fact());

        assertThat(row("select peer_kind || peer_value || from_wa_id || from_user_id from message"))
                .isEqualTo("user_idUS.116505551234US.1");
    }

    @Test
    void whatWasReadBeforeIsNotCountedAgain() {
        twotick.apply(text("wamid.A", "one").fact());
        twotick.execute("update conversation set unread_count = 0, read_up_to = now() + interval '1 minute'");
        twotick.apply(text("wamid.A", "two").later(1).fact());

        assertThat(row("select unread_count from conversation")).isEqualTo(0);
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
