package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class EchoesTest extends AppliedFacts {

    @Test
    void anEchoIsAnOutboundMessageOfTheConversation() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.B", "hello yourself").by(Source.ECHO).later(60).fact(),
                status("wamid.B", "read", 70));

        assertThat(row("select direction || body || status || recipient_wa_id from message where wamid = 'wamid.B'"))
                .isEqualTo("outboundhello yourselfread16505551234");
        assertThat(row("select from_wa_id from message where wamid = 'wamid.B'"))
                .isNull();
        assertThat(row("select unread_count || ' ' || (window_expires_at = timestamptz '2026-11-22T12:00:00Z')"
                        + " || (last_message_at = timestamptz '2026-11-21T12:01:00Z') from conversation"))
                .isEqualTo("1 truetrue");
        assertThat(twotick.events()).contains("message.echoed", "message.read", "message.received");
        assertThat(twotick.data("message.echoed", "direction")).isEqualTo("outbound");
        assertThat(twotick.data("message.echoed", "recipient_wa_id")).isEqualTo("16505551234");
        assertThat(twotick.data("message.echoed", "wa_id")).isEqualTo("16505551234");
        assertThat(twotick.data("message.read", "wa_id")).isEqualTo("16505551234");
        assertThat(twotick.data("message.echoed", "contact_id")).isEqualTo(row("select id::text from contact"));
    }

    @Test
    void theSameMessageFromFourSourcesIsOneRowAndRaisesWhatEachOwes() {
        twotick.sameInEveryOrder(
                text("wamid.A", "live").fact(),
                text("wamid.A", "echo").by(Source.ECHO).fact(),
                text("wamid.A", "standby").by(Source.STANDBY).later(5).fact(),
                text("wamid.A", "history").by(Source.HISTORY).later(9).fact());

        assertThat(row("select body || direction from message")).isEqualTo("liveinbound");
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(twotick.events())
                .containsExactly(
                        "account.discovered",
                        "account.notice",
                        "contact.created",
                        "message.echoed",
                        "message.received");
    }

    @Test
    void aNoticeSaysInWhichFieldItsItemStood() {
        twotick.apply(text("wamid.A", "standby").by(Source.STANDBY).fact());
        assertThat(twotick.data("account.notice", "field")).isEqualTo("standby");

        twotick.empty();
        twotick.apply(text("wamid.B", "A changed").system().fact());
        assertThat(twotick.data("account.notice", "field")).isEqualTo("messages");
    }

    @Test
    void anEchoToSomebodyNewMakesTheirContact() {
        twotick.apply(text("wamid.A", "hello").by(Source.ECHO).peer(BEN).fact());

        assertThat(row("select value from contact_identity")).isEqualTo("16505559999");
        assertThat(row("select unread_count || ' ' || (window_expires_at is null) from conversation"))
                .isEqualTo("0 true");
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
