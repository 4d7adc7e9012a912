package dev.twotick.worker.messages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.db.HashedId;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Meta may tell of a message before it has it, or without being able to give it. What it then does give stands.
@WithStores
class PlaceholdersTest extends AppliedFacts {
    private static final String UNSUPPORTED = """
            {"from":"16505551234","id":"wamid.A","timestamp":"1795000060","type":"unsupported",\
            "errors":[{"code":131051}],"unsupported":{"type":"unknown"}}""";
    private static final String TEXT = """
            {"from":"16505551234","id":"wamid.A","timestamp":"1795000000","type":"text","text":{"body":"hello"}}""";

    @ParameterizedTest
    @ValueSource(
            strings = {
                UNSUPPORTED,
                "{\"from\":\"16505551234\",\"id\":\"wamid.A\",\"timestamp\":\"1795000060\",\"errors\":[{\"code\":131060}]}",
                "{\"from\":\"16505551234\",\"id\":\"wamid.A\",\"timestamp\":\"1795000060\",\"type\":\"image\",\"errors\":[{\"code\":131052}]}"
            })
    void aTextThatIsToldLiveStandsAndItsEventIsRaisedOnceInEveryOrder(String placeholder) {
        twotick.sameInEveryOrder(
                live(placeholder),
                live(TEXT),
                live(TEXT.replace("hello", "hello!").replace("5000000", "5000001")));

        assertThat(message()).isEqualTo("text hello! - 1 2026-11-18T11:06:41Z 2026-11-19T11:06:41Z");
        assertThat(twotick.column("select id::text from hook_event where type = 'message.received'"))
                .containsExactlyInAnyOrder(
                        received("in:106540352242922:wamid.A"), received("ph:in:106540352242922:wamid.A"));
    }

    @Test
    void aTextThatOnlyHistoryHasIsToldToWhoeverHeardOfThePlaceholder() {
        twotick.sameInEveryOrder(live(UNSUPPORTED), history(TEXT));

        assertThat(message()).isEqualTo("text hello - 1 2026-11-18T11:06:40Z 2026-11-19T11:06:40Z");
        assertThat(twotick.column("select id::text from hook_event where type = 'message.received'"))
                .containsExactlyInAnyOrder(
                        received("in:106540352242922:wamid.A"), received("ph:in:106540352242922:wamid.A"));
    }

    @Test
    void itsEventSaysTheTextWhicheverCameFirst() {
        for (Fact[] order : new Fact[][] {
            {live(UNSUPPORTED), history(TEXT)}, {history(TEXT), live(UNSUPPORTED)}, {live(UNSUPPORTED), live(TEXT)}
        }) {
            twotick.empty();
            twotick.apply(order[0]);
            twotick.apply(order[1]);

            assertThat(twotick.column("select concat_ws(' ', d->>'type', d->>'text', d->>'wa_id', d->>'direction',"
                            + " d->>'occurred_at', d->'raw'->'text'->>'body', d->>'contact_id' is not null)"
                            + " from (select body::json->'data' as d from hook_event"
                            + " where id::text = '" + received("in:106540352242922:wamid.A") + "') e"))
                    .containsExactly("text hello 16505551234 inbound 2026-11-18T11:06:40Z hello t");
        }
    }

    @Test
    void ofHistoryTooLiveAndOnceMore() {
        twotick.sameInEveryOrder(live(UNSUPPORTED), history(TEXT), live(TEXT), live(UNSUPPORTED.replace("060", "070")));

        assertThat(message()).isEqualTo("text hello - 1 2026-11-18T11:06:40Z 2026-11-19T11:06:40Z");
        assertThat(twotick.events().stream().filter("message.received"::equals)).hasSize(2);
    }

    @Test
    void aPlaceholderAloneCountsAndIsToldOnce() {
        twotick.sameInEveryOrder(live(UNSUPPORTED), live(UNSUPPORTED.replace("060", "070")));

        assertThat(message()).isEqualTo("unsupported - 131051 1 2026-11-18T11:07:50Z 2026-11-19T11:07:50Z");
        assertThat(twotick.events().stream().filter("message.received"::equals)).hasSize(1);
    }

    @Test
    void anEchosTextStandsInPlaceOfItsPlaceholder() {
        String echo = TEXT.replace("\"from\":", "\"to\":");
        twotick.sameInEveryOrder(
                fact("smb_message_echoes", "message_echoes", UNSUPPORTED.replace("\"from\":", "\"to\":")),
                history(echo),
                fact("messages", "statuses", """
                        {"id":"wamid.A","status":"failed","timestamp":"1795000070","errors":[{"code":131026}]}"""));

        assertThat(twotick.row("select concat_ws(' ', direction, type, body, error_code) from message"))
                .isEqualTo("outbound text hello 131026");
        assertThat(twotick.events().stream().filter("message.echoed"::equals)).hasSize(2);
    }

    @Test
    void historyAloneStillRaisesNothing() {
        twotick.sameInEveryOrder(history(UNSUPPORTED), history(TEXT));

        assertThat(message()).isEqualTo("text hello - 0 2026-11-18T11:06:40Z 2026-11-19T11:06:40Z");
        assertThat(twotick.events()).containsExactly("account.discovered", "contact.created");
    }

    private static Object message() {
        return twotick.row("""
                select concat_ws(' ', m.type, coalesce(body, '-'), coalesce(error_code::text, '-'), unread_count,
                    to_char(last_message_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                    to_char(window_expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                from message m join conversation c on c.id = m.conversation_id""");
    }

    private static Fact live(String item) {
        return fact("messages", "messages", item);
    }

    private static Fact history(String item) {
        String chunk = "{\"threads\":[{\"id\":\"16505551234\",\"messages\":[" + item + "]}]}";
        return fact("history", "history", chunk);
    }

    /// The first fact of a payload with this item.
    private static Fact fact(String field, String list, String item) {
        String body = """
                {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"%s","value":\
                {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881",\
                "phone_number_id":"106540352242922"},"%s":[%s]}}]}]}""".formatted(field, list, item);
        return ((Interpretation.Facts) new PayloadInterpreter().interpret(body.getBytes(UTF_8)))
                .facts()
                .getFirst();
    }

    private static String received(String factKey) {
        return HashedId.of("message.received", factKey).toString();
    }
}
