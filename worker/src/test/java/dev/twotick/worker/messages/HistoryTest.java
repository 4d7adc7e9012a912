package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class HistoryTest extends AppliedFacts {

    @Test
    void thousandsOfMessagesInOneBodyRaiseNothingAndCountNothing() {
        Fact[] chunk = IntStream.range(0, 5_000)
                .mapToObj(i -> text("wamid.H" + i, "long ago")
                        .by(Source.HISTORY)
                        .went(i % 2 == 0 ? Direction.INBOUND : Direction.OUTBOUND)
                        .wasThen(MessageStatus.READ)
                        .later(-i)
                        .fact())
                .toArray(Fact[]::new);
        twotick.apply(chunk);

        assertThat(row("select count(*) from message where history_at is not null and live_at is null"))
                .isEqualTo(5_000L);
        assertThat(row("select count(*) from message where direction = 'outbound' and status = 'read'"))
                .isEqualTo(2_500L);
        assertThat(row("select unread_count from conversation")).isEqualTo(0);
        assertThat(row("select last_message_at = timestamptz '2026-11-21T12:00:00Z' from conversation"))
                .isEqualTo(true);
        assertThat(row("select count(*) from message_status")).isEqualTo(0L);
        assertThat(twotick.events()).containsExactly("account.discovered", "contact.created");
        assertThat(row("select duplicates from payload_outcome")).isEqualTo(0);
    }

    @Test
    void whatWasToldLiveTooHasItsContentAndCountsOnceInEveryOrder() {
        twotick.sameInEveryOrder(
                text("wamid.A", "old").by(Source.HISTORY).fact(),
                text("wamid.A", "new").fact(),
                text("wamid.B", "only old").by(Source.HISTORY).later(-60).fact());

        assertThat(row("select body from message where wamid = 'wamid.A'")).isEqualTo("new");
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(twotick.events().stream().filter("message.received"::equals)).hasSize(1);
    }

    @Test
    void mediaThatCameApartReplacesItsPlaceholder() {
        twotick.sameInEveryOrder(
                message("wamid.A").by(Source.HISTORY).placeholder().later(5).fact(),
                text("wamid.A", "a picture")
                        .by(Source.HISTORY_MEDIA)
                        .media("4711")
                        .fact(),
                text("wamid.A", "a line").by(Source.HISTORY).later(9).fact());

        assertThat(row("select body || media_id || content_rank from message")).isEqualTo("a picture47112");
    }

    @Test
    void aDirectionThatProvesOtherwiseMovesTheWindow() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello")
                        .by(Source.HISTORY)
                        .went(Direction.INBOUND)
                        .fact(),
                text("wamid.B", "before").by(Source.HISTORY).later(-600).fact(),
                status("wamid.A", "read", 3));

        assertThat(row("select direction from message where wamid = 'wamid.A'")).isEqualTo("outbound");
        assertThat(row("select window_expires_at = timestamptz '2026-11-22T11:50:00Z'"
                        + " and last_message_at = timestamptz '2026-11-21T12:00:00Z' from conversation"))
                .isEqualTo(true);
    }

    @Test
    void itsStatusOnlyRaisesTheRank() {
        twotick.sameInEveryOrder(
                text("wamid.A", "x")
                        .by(Source.HISTORY)
                        .went(Direction.OUTBOUND)
                        .wasThen(MessageStatus.READ)
                        .fact(),
                status("wamid.A", "delivered", 3));

        assertThat(row("select status || (read_at is null) || (delivered_at is null) from message"))
                .isEqualTo("readtruefalse");
        assertThat(twotick.events()).contains("message.delivered").doesNotContain("message.read");
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
