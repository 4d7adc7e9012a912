package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.WABA;
import static dev.twotick.worker.interpret.Bodies.change;
import static dev.twotick.worker.interpret.Bodies.entry;
import static dev.twotick.worker.interpret.Bodies.facts;
import static dev.twotick.worker.interpret.Bodies.keys;
import static dev.twotick.worker.interpret.Bodies.messages;
import static dev.twotick.worker.interpret.Bodies.only;
import static dev.twotick.worker.interpret.Bodies.payload;
import static dev.twotick.worker.interpret.Bodies.status;
import static dev.twotick.worker.interpret.Bodies.text;
import static dev.twotick.worker.interpret.Bodies.value;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadInterpreterTest {

    @Test
    void everyEntryChangeMessageAndStatusIsRead() {
        String first = entry(
                change("messages", value("\"messages\":[" + text("a", "1") + "," + text("b", "2") + "]")),
                change("messages", value("\"statuses\":[" + status("c", "sent") + "]")),
                change(
                        "messages",
                        value("\"messages\":[" + text("d", "1") + "],\"statuses\":[" + status("e", "read") + "]")));
        String second = entry(change("messages", value("\"messages\":[" + text("f", "1") + "]")));

        assertThat(keys(payload(first, second)))
                .containsExactly(
                        "in:" + NUMBER + ":a",
                        "in:" + NUMBER + ":b",
                        "st:" + NUMBER + ":c:sent:",
                        "in:" + NUMBER + ":d",
                        "st:" + NUMBER + ":e:read:",
                        "in:" + NUMBER + ":f");
        assertThat(facts(payload(first, second)).facts().get(3).item().path())
                .isEqualTo("entry[0].changes[2].value.messages[0]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'1','time':2,'changes':[{'value':{'event':'PARTNER_APP_INSTALLED','waba_info':{'waba_id':'3'}}}],"
                        + "'field':'account_update','object':'whatsapp_business_account'}",
                "{'id':'1','time':2,'changes':[{'value':{'event':'PARTNER_APP_UNINSTALLED','waba_info':{'waba_id':'3'},"
                        + "'field':'account_update'}}]}"
            })
    void aFieldMayBeNamedByTheEntryOrTheValue(String entry) {
        String body = "{\"entry\":[" + entry.replace('\'', '"') + "]}";
        Fact.Noticed notice = only(Fact.Noticed.class, body);

        assertThat(notice.field()).isEqualTo("account_update");
        assertThat(notice.item().path()).isEqualTo("entry[0].changes[0].value");
        assertThat(notice.item().account().phoneNumberId().value()).isEqualTo("waba:3");
        assertThat(facts(body).fields()).containsExactly("account_update");
    }

    @Test
    void theOrderOfKeysDoesNotMatter() {
        String body = """
                {"entry":[{"changes":[{"field":"messages","value":{"messages":[{"text":{"body":"hi"},"id":"a"}],\
                "metadata":{"phone_number_id":"1"}}}],"id":"2"}],"object":"whatsapp_business_account"}""";

        assertThat(keys(body)).containsExactly("in:1:a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "null",
                "\"{}\"",
                "{",
                "{}x",
                "{} {}",
                "{\"a\":}",
                "{'a':1}",
                "{\"a\":01}",
                "{\"a\":NaN}",
                "{\"a\":\"\\ud8\"}",
                "\ufeff{}",
                "{\"a\":\"\t\"}",
                "hello=world"
            })
    void aBodyThatIsNotOneJsonObjectIsSaidToBeSo(String body) {
        assertThat(new PayloadInterpreter().interpret(body.getBytes(UTF_8)))
                .isInstanceOf(Interpretation.NotAnObject.class);
    }

    @Test
    void aBodyThatIsNotUtf8IsSaidToBeSo() {
        assertThat(new PayloadInterpreter().interpret("{\"a\":\"caf\u00e9\"}".getBytes(ISO_8859_1)))
                .isEqualTo(new Interpretation.NotAnObject("the body is not UTF-8"));
        assertThat(facts("{\"a\":\"\ufffd\"}").facts()).hasSize(1);
    }

    @Test
    void theReasonQuotesNothing() {
        Interpretation refused = new PayloadInterpreter().interpret("{\"s3cret".getBytes(UTF_8));

        assertThat(refused.toString()).doesNotContain("s3cret");
    }

    @Test
    void aMillionBracketsAreNoObject() {
        String deep = "{\"a\":" + "[".repeat(1_000_000) + "]".repeat(1_000_000) + "}";

        assertThat(new PayloadInterpreter().interpret(deep.getBytes(UTF_8)))
                .isInstanceOf(Interpretation.NotAnObject.class);
    }

    @Test
    void anotherFieldIsOneNoticeWithItsValue() {
        String alert = "{\"entity_type\":\"BUSINESS\", \"n\":1.10}";
        String body = """
                {"object":"whatsapp_business_account","entry":[{"id":"%s","time":1778766865,"changes":[%s]}]}""".formatted(WABA, change("account_alerts", alert));

        Fact.Noticed notice = only(Fact.Noticed.class, body);
        assertThat(notice.field()).isEqualTo("account_alerts");
        assertThat(notice.item().raw()).isEqualTo(alert);
        assertThat(notice.item().key()).matches("sha256:[0-9a-f]{64}");
        assertThat(notice.item().account().phoneNumberId().value()).isEqualTo("waba:" + WABA);
        assertThat(notice.item().occurredAt()).isEqualTo(Instant.ofEpochSecond(1778766865));
        assertThat(facts(body).fields()).containsExactly("account_alerts");
    }

    @Test
    void theSameAlertAtAnotherTimeIsAnotherFact() {
        String one =
                "{\"entry\":[{\"id\":\"1\",\"time\":1778766865,\"changes\":[{\"field\":\"x\",\"value\":{\"a\":1}}]}]}";

        assertThat(keys(one)).isEqualTo(keys(one.replace("{\"a\":1}", "{ \"a\" : 1.0 }")));
        assertThat(keys(one)).isNotEqualTo(keys(one.replace("66865", "66866")));
        assertThat(keys(one)).isNotEqualTo(keys(one.replace("\"id\":\"1\"", "\"id\":\"2\"")));
        assertThat(keys(one)).isNotEqualTo(keys(one.replace("\"x\"", "\"y\"")));
    }

    @Test
    void whatStandsBesideTheMessagesIsNoticed() {
        String body = messages("\"messages\":[" + text("a", "1") + "],\"errors\":[{\"code\":130429}],"
                + "\"user_actions\":[{\"n\":1}],\"statuses\":null,\"tomorrow\":[]");

        assertThat(facts(body).facts())
                .extracting(fact -> fact.getClass().getSimpleName())
                .containsExactly("MessageTold", "Noticed", "Noticed");
        Fact.Noticed errors = (Fact.Noticed) facts(body).facts().get(1);
        assertThat(errors.item().raw()).isEqualTo("{\"errors\":[{\"code\":130429}]}");
        assertThat(errors.field()).isEqualTo("messages");
        assertThat(errors.item().account().phoneNumberId().value()).isEqualTo(NUMBER);
    }

    @Test
    void anItemWithoutUsableIdIsNoticedBesideItsHealthySiblings() {
        String longId = text("x".repeat(513), "1");
        String body = messages("\"messages\":[" + text("", "1") + "," + text("a", "1") + ",7,null," + longId
                + ",{\"text\":{\"body\":\"no id\"}}," + text("nul\\u0000", "1") + "],\"statuses\":[" + status("b", "")
                + ",{\"id\":\"c\"}," + status("d", "sent") + "]");

        assertThat(keys(body))
                .filteredOn(key -> !key.startsWith("sha256:") && !key.startsWith("undated:"))
                .containsExactly("in:" + NUMBER + ":a", "st:" + NUMBER + ":d:sent:");
        assertThat(keys(body)).hasSize(9);
        assertThat(facts(body).facts().getFirst().item().raw()).isEqualTo(text("", "1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"object\":\"whatsapp_business_account\"}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[]}",
                "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"messaging\":[]}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":\"x\"}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\"}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changes\":[]}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changed_fields\":[\"messages\"]}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changes\":[{\"field\":\"messages\"}]}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changes\":[{\"field\":\"messages\",\"value\":{}}]}]}",
                "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changes\":[{\"field\":7,\"value\":null}]}]}",
            })
    void aPayloadThatSaysLittleIsStillOneFact(String body) {
        only(Fact.Noticed.class, body);
    }

    @Test
    void oddPartsOfTheEnvelopeLoseNoSiblings() {
        String healthy = change("messages", value("\"messages\":[" + text("a", "1") + "]"));
        String odd = payload(
                "7",
                "null",
                "\"x\"",
                "{\"id\":[9],\"changes\":{\"a\":1}}",
                entry("[]", "1", healthy),
                entry(
                        change("messages", "[1]"),
                        change("messages", value("\"messages\":{\"id\":\"b\"},\"contacts\":\"?\"")),
                        healthy));

        List<String> keys = keys(odd);
        assertThat(keys)
                .filteredOn(key -> key.startsWith("in:"))
                .containsExactly("in:" + NUMBER + ":a", "in:" + NUMBER + ":a");
        assertThat(facts(odd).facts())
                .extracting(fact -> fact.item().raw())
                .contains(
                        "7",
                        "\"x\"",
                        "{\"changes\":{\"a\":1}}",
                        "{\"id\":[9]}",
                        "[]",
                        "1",
                        "[1]",
                        "{\"messages\":{\"id\":\"b\"}}",
                        "{\"contacts\":\"?\"}");
    }

    @Test
    void aPayloadWithoutObjectIsReadAsWhatsapps() {
        assertThat(keys("{\"entry\":[" + entry(change("messages", value("\"messages\":[" + text("a", "1") + "]")))
                        + "]}"))
                .containsExactly("in:" + NUMBER + ":a");
    }

    @Test
    void ofEqualKeysTheLastCountsAndTheOthersAreKept() {
        String body = messages("\"messages\":[" + text("a", "1") + "],\"messages\":[" + text("b", "1") + "]");

        assertThat(keys(body)).contains("in:" + NUMBER + ":b").doesNotContain("in:" + NUMBER + ":a");
        assertThat(facts(body).facts().getLast().item().raw()).isEqualTo("{\"messages\":[" + text("a", "1") + "]}");
        assertThat(keys(messages("\"messages\":[" + text("a", "1") + "],\"messages\":[" + text("a", "1") + "]")))
                .hasSize(1);
    }

    @Test
    void theAccountIsTheNumberThatTheValueNames() {
        assertThat(account(change("messaging_handovers", "{\"recipient\":{\"phone_number_id\":\"7\"}}")))
                .isEqualTo("7");
        assertThat(account(
                        change("account_settings_update", "{\"phone_number_settings\":{\"phone_number_id\":\"8\"}}")))
                .isEqualTo("8");
        assertThat(account(change("calls", "{\"metadata\":{\"phone_number_id\":9}}")))
                .isEqualTo("9");
        assertThat(account(change("calls", "{\"metadata\":{\"phone_number_id\":\"" + "9".repeat(600) + "\"}}")))
                .isEqualTo("waba:" + WABA);
        assertThat(only(Fact.Noticed.class, "{}")
                        .item()
                        .account()
                        .phoneNumberId()
                        .value())
                .isEqualTo("waba:unknown");
    }

    @Test
    void aPartnersNoticeBelongsToTheWabaAndNeverToThePortfolio() {
        assertThat(account(change("account_update", "{\"event\":\"PARTNER_ADDED\",\"waba_info\":{\"waba_id\":\"9\"}}")))
                .isEqualTo("waba:9");
        assertThat(account(change("account_update", "{\"event\":\"PARTNER_ADDED\",\"waba_info\":{}}")))
                .isEqualTo("waba:unknown");
        assertThat(account(change("partner_solutions", "{\"event\":\"SOLUTION_CREATED\",\"solution_id\":\"1\"}")))
                .isEqualTo("waba:unknown");
        assertThat(account(change("account_update", "{\"event\":\"VERIFIED_ACCOUNT\",\"phone_number\":\"1\"}")))
                .isEqualTo("waba:" + WABA);
    }

    @ParameterizedTest
    @CsvSource({
        "group_lifecycle_update,groups",
        "group_participants_update,groups",
        "group_settings_update,groups",
        "group_status_update,groups",
        "tracking_events,events",
        "automatic_events,automatic_events"
    })
    void everyItemOfAListIsANoticeOfItsOwn(String field, String list) {
        String items = "{\"group_id\":\"g\",\"timestamp\":1778766865},{\"group_id\":\"h\"}";
        String body = payload(entry(change(field, value("\"" + list + "\":[" + items + "],\"tomorrow\":1"))));

        assertThat(facts(body).facts())
                .extracting(fact -> fact.item().raw())
                .containsExactly(
                        "{\"group_id\":\"g\",\"timestamp\":1778766865}", "{\"group_id\":\"h\"}", "{\"tomorrow\":1}");
        assertThat(facts(body).facts().getFirst().item().occurredAt()).isEqualTo(Instant.ofEpochSecond(1778766865));
        assertThat(facts(body).facts())
                .extracting(fact -> fact.item().account().phoneNumberId().value())
                .containsOnly(NUMBER);
        only(Fact.Noticed.class, payload(entry(change(field, "{\"" + list + "\":7}"))));
    }

    @Test
    void anAutomaticEventIsKnownByItsMessageAndName() {
        String event = "{\"id\":\"w\",\"event_name\":\"Purchase\",\"timestamp\":1778766865}";

        assertThat(keys(payload(entry(
                        change("automatic_events", value("\"automatic_events\":[" + event + "," + event + "]"))))))
                .containsExactly("auto:" + NUMBER + ":w:Purchase", "auto:" + NUMBER + ":w:Purchase");
    }

    @Test
    void aKeyThatNoIndexHoldsIsHashed() {
        String id = "\u20ac".repeat(512);
        String body = payload(entry(change("calls", value("\"calls\":[{\"id\":\"" + id + "\",\"event\":\"x\"}]"))));

        assertThat(keys(body)).singleElement().asString().matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void aPayloadOfOdditiesAloneIsKeptOnceWhole() {
        String body = messages("\"messages\":[" + text("a", "1") + ",1".repeat(500_000) + "],\"statuses\":["
                + status("b", "sent") + "]");

        assertThat(facts(body).facts())
                .hasSize(FactList.MAX_NOTICES + 2)
                .last()
                .satisfies(fact -> assertThat(fact.item().key()).isEqualTo("st:" + NUMBER + ":b:sent:"));
        assertThat(facts(body).facts())
                .filteredOn(fact -> fact.item().raw().equals(body))
                .hasSize(1);
    }

    private static String account(String change) {
        return only(Fact.Noticed.class, payload(entry(change)))
                .item()
                .account()
                .phoneNumberId()
                .value();
    }
}
