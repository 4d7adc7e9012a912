package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.db.HashedId;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.MetaBodies;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@WithStores
class EditsTest extends AppliedFacts {

    @Test
    void theLatestEditIsTheBodyWhicheverCameFirst() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.E1", "hello there").edits("wamid.A").later(10).fact(),
                text("wamid.E2", "hello you").edits("wamid.A").later(20).fact());

        assertThat(row("select body from message where wamid = 'wamid.A'")).isEqualTo("hello you");
        assertThat(row("select edited_at - occurred_at = interval '20 s' from message where wamid = 'wamid.A'"))
                .isEqualTo(true);
        assertThat(twotick.events()).containsSubsequence("message.edited", "message.edited", "message.received");
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(twotick.data("message.received", "wamid")).isEqualTo("wamid.A");
    }

    @Test
    void anEditedBodyOutlivesALaterContent() {
        twotick.sameInEveryOrder(
                text("wamid.A", "from history").by(Source.HISTORY).fact(),
                text("wamid.E", "edited").edits("wamid.A").later(10).fact(),
                text("wamid.A", "live").fact());

        assertThat(row("select body || (select unread_count from conversation) from message where wamid = 'wamid.A'"))
                .isEqualTo("edited1");
    }

    @Test
    void anEditWithoutMediaLeavesTheMedia() {
        twotick.sameInEveryOrder(
                text("wamid.A", "caption").media("first").fact(),
                text("wamid.E1", "other caption")
                        .media("second")
                        .edits("wamid.A")
                        .later(10)
                        .fact(),
                text("wamid.E2", "last caption").edits("wamid.A").later(20).fact());

        assertThat(row("select body || '|' || media_id from message where wamid = 'wamid.A'"))
                .isEqualTo("last caption|second");
    }

    @Test
    void anEditThatCannotBeReadLeavesTheText() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                message("wamid.E1").edits("wamid.A").placeholder().later(10).fact(),
                message("wamid.E2").edits("wamid.B").later(20).fact());

        assertThat(row("select body || (edited_at is null) from message where wamid = 'wamid.A'"))
                .isEqualTo("hellotrue");
        assertThat(row("select count(*) from message where wamid in ('wamid.B', 'wamid.E1', 'wamid.E2')"))
                .isEqualTo(3L);
        assertThat(twotick.column("select id::text from hook_event where type = 'message.edited'"))
                .containsExactly(HashedId.of("message.edited", "LIVE:106540352242922:wamid.E2")
                        .toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "message":{"type":"image","image":{"mime_type":"image/jpeg"}}                | NULL    | 7 | 1
            "message":{"type":"image","image":{}}                                        | NULL    | 7 | 1
            "message":{"type":"image","image":{"caption":""}}                            | NULL    | 7 | 1
            "message":{"type":"image","image":{"id":"8"}}                                | NULL    | 8 | 1
            "message":{"type":"image","image":{"caption":"new"}}                         | new     | 7 | 1
            "message":{"type":"unsupported"},"errors":[{"code":131051}]                  | caption | 7 | 0
            "message":{"type":"image"}                                                   | caption | 7 | 0
            "message":{"type":"image","errors":[{"code":131052}]}                        | caption | 7 | 0
            "message":{"type":"hologram","hologram":{"depth":3}}                         | caption | 7 | 1
            "x":1                                                                        | caption | 7 | 0
            """)
    void anEditOfACaptionSaysWhatItIsNow(String edit, @Nullable String caption, String media, int events) {
        twotick.sameInEveryOrder(
                fact("{\"id\":\"wamid.A\",\"timestamp\":\"1795000000\",\"type\":\"image\","
                        + "\"image\":{\"id\":\"7\",\"caption\":\"caption\"}}"),
                fact("{\"id\":\"wamid.E\",\"timestamp\":\"1795000010\",\"type\":\"edit\","
                        + "\"edit\":{\"original_message_id\":\"wamid.A\"," + edit + "}}"));

        assertThat(row("select body from message where wamid = 'wamid.A'")).isEqualTo(caption);
        assertThat(row("select media_id from message where wamid = 'wamid.A'")).isEqualTo(media);
        assertThat(twotick.events().stream().filter("message.edited"::equals)).hasSize(events);
    }

    @Test
    void anEditThatNamesNoMessageChangesNone() {
        twotick.apply(fact("{\"id\":\"wamid.E\",\"timestamp\":\"1795000010\",\"type\":\"edit\","
                + "\"edit\":{\"message\":{\"type\":\"text\",\"text\":{\"body\":\"edited\"}}}}"));

        assertThat(row("select type || (raw is not null) from message")).isEqualTo("edittrue");
        assertThat(twotick.events()).containsExactly("account.discovered");
    }

    @Test
    void anEditThatIsToldAgainAndCanBeReadIsAnEdit() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                message("wamid.E").edits("wamid.A").placeholder().later(10).fact(),
                text("wamid.E", "edited").edits("wamid.A").later(10).fact());

        assertThat(row("select string_agg(body, ' ' order by wamid) from message"))
                .isEqualTo("edited edited");
        assertThat(twotick.events().stream().filter("message.edited"::equals)).hasSize(1);
    }

    @Test
    void anEditWithoutATimeStillShows() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.E", "edited").edits("wamid.A").at(null).fact());

        assertThat(row("select body || (edited_at = 'epoch') from message where wamid = 'wamid.A'"))
                .isEqualTo("editedtrue");
    }

    @Test
    void whatIsEditedOrTakenBackLeavesAStubThatIsInbound() {
        twotick.apply(
                text("wamid.E", "edited").edits("wamid.A").fact(),
                text("wamid.R", "").revokes("wamid.B").fact());

        assertThat(row("select string_agg(wamid || direction || (conversation_id is null), ' ' order by wamid)"
                        + " from message where wamid in ('wamid.A', 'wamid.B')"))
                .isEqualTo("wamid.Ainboundtrue wamid.Binboundtrue");
        assertThat(row("select count(*) from conversation where unread_count = 0 and last_message_at is null"))
                .isEqualTo(1L);
    }

    @Test
    void theBusinessEditsWhatItSent() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").by(Source.ECHO).fact(),
                text("wamid.E", "edited")
                        .by(Source.ECHO)
                        .edits("wamid.A")
                        .later(5)
                        .fact(),
                status("wamid.A", "delivered", 7));

        assertThat(row("select body || direction || status from message where wamid = 'wamid.A'"))
                .isEqualTo("editedoutbounddelivered");
        assertThat(twotick.events()).contains("message.echoed", "message.edited");
        assertThat(twotick.data("message.edited", "target_wamid")).isEqualTo("wamid.A");
    }

    @Test
    void theFirstRevocationIsKept() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.R1", "").revokes("wamid.A").later(9).fact(),
                text("wamid.R2", "").revokes("wamid.A").later(7).fact());

        assertThat(row("select revoked_at - occurred_at = interval '7 s' from message where wamid = 'wamid.A'"))
                .isEqualTo(true);
        assertThat(row("select body from message where wamid = 'wamid.A'")).isEqualTo("hello");
        assertThat(twotick.events().stream().filter("message.revoked"::equals)).hasSize(2);
    }

    @Test
    void aMessageToldAsTwoKindsRaisesBothEventsInEveryOrder() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").fact(),
                text("wamid.A", "edited").edits("wamid.B").later(3).fact(),
                text("wamid.B", "other").went(Direction.INBOUND).fact());

        assertThat(twotick.events()).contains("message.edited", "message.received", "message.received");
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
    }

    private static Fact fact(String item) {
        return TestApplier.work(MetaBodies.messages(MetaBodies.NUMBER, List.of(), List.of(item)))
                .facts()
                .getFirst();
    }

    private static @Nullable Object row(String sql) {
        return twotick.row(sql);
    }
}
