package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.field;
import static dev.twotick.worker.interpret.Bodies.messages;
import static dev.twotick.worker.interpret.Bodies.only;
import static dev.twotick.worker.interpret.Bodies.status;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.Effect;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusReaderTest {

    @Test
    void aStatusCarriesWhatItCostsAndWhyItFailed() {
        Fact.StatusReported status = status("""
                "status":"failed","timestamp":"1778766865","recipient_id":"+16505551234",\
                "recipient_user_id":"US.1","biz_opaque_callback_data":"campaign:x;\\u0000",\
                "pricing":{"billable":true, "n":1.10},"conversation":{"id":"c"},"errors":[{"code":131049,"title":"\\u0000"}]""");

        assertThat(status.item().key()).isEqualTo("st:" + NUMBER + ":wamid.1:failed:");
        assertThat(status.item().occurredAt()).isEqualTo(Instant.ofEpochSecond(1778766865));
        assertThat(status.recipientWaId()).isEqualTo("16505551234");
        assertThat(status.recipientUserId()).isEqualTo("US.1");
        assertThat(status.errorCode()).isEqualTo(131049);
        assertThat(status.pricing()).isEqualTo("{\"billable\":true, \"n\":1.10}");
        assertThat(status.conversation()).isEqualTo("{\"id\":\"c\"}");
        assertThat(status.errors()).isEqualTo("[{\"code\":131049,\"title\":\"\\ufffd\"}]");
        assertThat(status.callbackData()).isEqualTo("campaign:x;\ufffd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"type\":\"message\",", "\"type\":\"\",", "\"type\":null,"})
    void aStatusWithoutATypeOfItsOwnIsOfItsMessagesDelivery(String type) {
        assertThat(status(type + "\"status\":\"failed\"").item().key()).isEqualTo("st:" + NUMBER + ":wamid.1:failed:");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "type":"payment","status":"failed","recipient_id":"+1650","payment":{"reference_id":"o1"} | payment | failed
            "type":"parcel","status":"delivered","recipient_id":"1650"                               | parcel  | delivered
            "type":"tomorrow","recipient_id":"1650","state":7                                        | tomorrow| NULL
            "type":7,"status":"read","recipient_id":"1650"                                           | NULL    | read
            """)
    void aStatusWithATypeOfItsOwnIsNoDelivery(String members, @Nullable String type, @Nullable String status) {
        Fact.Noticed notice = only(Fact.Noticed.class, statuses(members));

        assertThat(notice.effect())
                .isEqualTo(new Effect.OtherStatus(new Wamid("wamid.1"), type, status, "1650", null, null));
        assertThat(notice.field()).isEqualTo("messages");
        assertThat(PersonIds.of(notice)).contains("1650");
        assertThat(only(
                                Fact.Noticed.class,
                                field(
                                        "standby",
                                        "\"standby\":{\"statuses\":[{\"id\":\"wamid.1\"," + members.replace(":", " : ")
                                                + "}]}"))
                        .item()
                        .key())
                .isEqualTo(notice.item().key());
        assertThat(only(Fact.Noticed.class, statuses(members + ",\"timestamp\":\"1778766865\""))
                        .item()
                        .key())
                .isNotEqualTo(notice.item().key());
    }

    @Test
    void oneThatIsAboutNothingIsKept() {
        Fact.Noticed notice =
                only(Fact.Noticed.class, messages("\"statuses\":[{\"type\":\"payment\",\"status\":\"failed\"}]"));

        assertThat(notice.effect()).isNull();
    }

    private static String statuses(String members) {
        return messages("\"statuses\":[{\"id\":\"wamid.1\"," + members + "}]");
    }

    @Test
    void anUnknownWordIsKeptInLowerCase() {
        assertThat(status("\"status\":\"Warning\"").status()).isEqualTo("warning");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"recipient_participant_id\":\"+1650\"",
                "\"participant_recipient_id\":\"1650\"",
                "\"recipient_participant_id\":null,\"participant_recipient_id\":\"1650\"",
                "\"recipient_participant_id\":1650,\"recipient_participant_user_id\":\"US.1\""
            })
    void aStatusOfAGroupIsAboutOneParticipant(String members) {
        Fact.StatusReported status =
                status("\"status\":\"read\",\"recipient_type\":\"group\",\"recipient_id\":\"123\"," + members);

        assertThat(status.participant()).isEqualTo("1650");
        assertThat(status.item().key()).isEqualTo("st:" + NUMBER + ":wamid.1:read:1650");
        assertThat(status.recipientWaId()).isNull();
    }

    @Test
    void aParticipantWithoutNumberIsNamedByUserId() {
        assertThat(status("\"status\":\"read\",\"recipient_participant_user_id\":\"US.1\"")
                        .participant())
                .isEqualTo("US.1");
    }

    @Test
    void aBusinessScopedIdInRecipientIdIsAUserId() {
        Fact.StatusReported status = status("\"status\":\"read\",\"recipient_id\":\"US.1349\"");

        assertThat(status.recipientWaId()).isNull();
        assertThat(status.recipientUserId()).isEqualTo("US.1349");
    }

    @Test
    void anIdOfAnotherFormInRecipientIdIsAUserIdAsInFrom() {
        assertThat(status("\"status\":\"read\",\"recipient_id\":\"user.93\"").recipientUserId())
                .isEqualTo("user.93");
        assertThat(status("\"status\":\"read\",\"recipient_type\":\"group\",\"recipient_id\":\"Y2F\"")
                        .recipientUserId())
                .isNull();
        assertThat(status("\"status\":\"read\",\"recipient_id\":\"Y2F\",\"recipient_participant_id\":\"1\"")
                        .recipientUserId())
                .isNull();
    }
}
