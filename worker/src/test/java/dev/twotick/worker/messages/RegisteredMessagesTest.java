package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a program says it has sent, beside what Meta says of the same message.
@WithStores
@Tag("postgres15")
class RegisteredMessagesTest extends AppliedFacts {

    @Test
    void itsStatusesMayComeBeforeOrAfterAndRaiseTheirEventsOnce() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").by(Source.REGISTERED).fact(),
                status("wamid.A", "sent", 1),
                status("wamid.A", "read", 70));

        assertThat(twotick.row("select direction || ' ' || body || ' ' || status || ' ' || recipient_wa_id"
                        + " || (registered_at is not null) || (payload_id is null) from message"))
                .isEqualTo("outbound hello read 16505551234truetrue");
        assertThat(twotick.row("select unread_count || ' ' || (last_message_at = timestamptz '2026-11-21T12:00:00Z')"
                        + " || (window_expires_at is null) from conversation"))
                .isEqualTo("0 truetrue");
        assertThat(twotick.events())
                .containsExactly("account.discovered", "contact.created", "message.read", "message.sent");
    }

    @Test
    void whatMetaSaysOfItCountsMoreAndRaisesItsEvent() {
        twotick.sameInEveryOrder(
                text("wamid.A", "as the program has it")
                        .by(Source.REGISTERED)
                        .later(5)
                        .fact(),
                text("wamid.A", "as it was sent").by(Source.ECHO).fact(),
                text("wamid.A", "").placeholder().by(Source.HISTORY).fact());

        assertThat(twotick.row("select body || ' ' || (registered_at is not null) from message"))
                .isEqualTo("as it was sent true");
        assertThat(twotick.events()).containsExactly("account.discovered", "contact.created", "message.echoed");
    }

    @Test
    void itIsMoreThanAPlaceholderAndOfTwoTheLaterStands() {
        twotick.sameInEveryOrder(
                text("wamid.A", "first").by(Source.REGISTERED).fact(),
                text("wamid.A", "corrected").by(Source.REGISTERED).later(1).fact(),
                text("wamid.A", "").placeholder().by(Source.HISTORY).later(9).fact());

        assertThat(twotick.row("select body from message")).isEqualTo("corrected");
    }
}
