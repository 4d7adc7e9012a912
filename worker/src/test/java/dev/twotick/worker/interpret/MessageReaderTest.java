package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "NULL", textBlock = """
            text        | "text":{"body":"a\\u0000b \\ud83d \\ud83d\\ude00 \\u00e9"}                        | a\ufffdb \ufffd 😀 é
            text        | "text":{"body":""}                                                              | NULL
            text        | "text":{"body":7}                                                               | NULL
            text        | "text":"x"                                                                      | NULL
            image       | "image":{"id":"1","caption":"See"}                                              | See
            audio       | "audio":{"id":"1"}                                                              | NULL
            document    | "document":{"id":"1","filename":"a.pdf","caption":"Bill"}                       | Bill
            button      | "button":{"payload":"yes-1","text":"Yes"}                                       | Yes
            button      | "button":{"payload":"yes-1"}                                                    | yes-1
            interactive | "interactive":{"type":"button_reply","button_reply":{"id":"1","title":"Ok"}}    | Ok
            interactive | "interactive":{"type":"list_reply","list_reply":{"id":"1","title":"Red","description":"d"}} | Red
            interactive | "interactive":{"list_reply":{"id":"1","title":"Red"}}                           | Red
            interactive | "interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{}","body":"Sent","name":"flow"}} | Sent
            interactive | "interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}} | accept
            interactive | "interactive":{"type":"payment_method","payment_method":{"x":1}}                | NULL
            reaction    | "reaction":{"message_id":"w","emoji":"\\ud83d\\ude00"}                          | 😀
            reaction    | "reaction":{"message_id":"w"}                                                   | NULL
            order       | "order":{"catalog_id":"1","text":"Two please","product_items":[]}               | Two please
            system      | "system":{"body":"User A changed","type":"user_changed_number","wa_id":"2"}     | User A changed
            location    | "location":{"latitude":1,"longitude":2,"name":"HQ","address":"1 Hacker Way"}    | HQ, 1 Hacker Way
            location    | "location":{"latitude":1,"longitude":2}                                         | NULL
            contacts    | "contacts":[{"name":{"formatted_name":"Ann B"}},7,{"name":{"first_name":"Cy"}}] | Ann B, Cy
            edit        | "edit":{"original_message_id":"w","message":{"type":"text","text":{"body":"new"}}} | new
            edit        | "edit":{"original_message_id":"w"}                                              | NULL
            revoke      | "revoke":{"original_message_id":"w"}                                            | NULL
            unsupported | "unsupported":{"type":"poll_creation"},"errors":[{"code":131051}]               | NULL
            request_welcome | "x":1                                                                       | NULL
            tomorrow    | "tomorrow":{"body":"new thing"}                                                 | new thing
            """)
    void theBodyIsWhatAPersonWouldRead(String type, String content, String body) {
        Fact.MessageTold message = message(type, content);

        assertThat(message.body()).isEqualTo(body);
        assertThat(message.type()).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({
        "text,CONTENT",
        "unsupported,CONTENT",
        "tomorrow,CONTENT",
        "request_welcome,CONTENT",
        "reaction,REACTION",
        "edit,EDIT",
        "revoke,REVOKE",
        "system,SYSTEM"
    })
    void theKindSaysWhichEventItRaises(String type, Kind kind) {
        assertThat(message(type, "\"x\":1").kind()).isEqualTo(kind);
    }

    @Test
    void aMessageWithoutTypeIsReadByItsContent() {
        Fact.MessageTold reaction = message("{\"id\":\"a\",\"reaction\":{\"message_id\":\"b\",\"emoji\":\"x\"}}");

        assertThat(reaction.type()).isNull();
        assertThat(reaction.kind()).isEqualTo(Kind.REACTION);
        assertThat(reaction.body()).isEqualTo("x");
        assertThat(message("{\"id\":\"a\",\"errors\":[{\"code\":131051}]}").errorCode())
                .isEqualTo(131051);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image", "video", "audio", "voice", "document", "sticker", "gif"})
    void mediaCanBeDownloadedFromWhatTheItemSays(String type) {
        Fact.MessageTold message = message(type, """
                "%s":{"id":"1003383421387256","mime_type":"image\\/jpeg","sha256":"AAA=","filename":"a.jpg",\
                "url":"https:\\/\\/lookaside.fbsbx.com\\/?mid=1"}""".formatted(type));

        assertThat(message.media())
                .isEqualTo(new Fact.Media(
                        "1003383421387256",
                        "image/jpeg",
                        "AAA=",
                        "a.jpg",
                        "https://lookaside.fbsbx.com/?mid=1",
                        type.equals("voice") ? true : null,
                        Instant.ofEpochSecond(1778766865).plus(Duration.ofDays(7))));
    }

    @Test
    void anEditCarriesTheNewMedia() {
        assertThat(message("edit", "\"edit\":{\"message\":{\"type\":\"image\",\"image\":{\"id\":\"7\"}}}")
                        .media())
                .isEqualTo(
                        new Fact.Media("7", null, null, null, null, null, Instant.ofEpochSecond(1778766865 + 604_800)));
        assertThat(message("text", "\"text\":{\"body\":\"x\"}").media()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "NULL",
            value = {
                "37.48,37.48",
                "-90,-90.0",
                "90.01,NULL",
                "1e400,NULL",
                "\"12.5\",12.5",
                "\"NaN\",NULL",
                "\"12d\",NULL",
                "-0.0,0.0",
                "null,NULL",
                "[],NULL",
                "\"\",NULL"
            })
    void latitudesAreOnEarthOrNull(String latitude, Double read) {
        Fact.Location location = message("location", "\"location\":{\"latitude\":" + latitude + ",\"name\":\"HQ\"}")
                .location();

        assertThat(location).isEqualTo(new Fact.Location(read, null, "HQ", null));
    }

    @Test
    void contextGroupAndErrorsComeAlong() {
        Fact.MessageTold message = message("text", """
                "context":{"from":"1","id":"wamid.0"},"group_id":"Y2FwaV9ncm91cDox",\
                "errors":[{"title":"?"},{"code":"131060"},{"code":1}]""");

        assertThat(message.replyTo()).isEqualTo("wamid.0");
        assertThat(message.groupId()).isEqualTo("Y2FwaV9ncm91cDox");
        assertThat(message.errorCode()).isEqualTo(131060);
        assertThat(message("text", "\"errors\":[{\"code\":99999999999},{\"code\":-1},{\"code\":1.5}]")
                        .errorCode())
                .isNull();
        assertThat(message("text", "\"context\":{\"forwarded\":true}").replyTo())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "NULL",
            value = {
                "\"1778766865\",1778766865",
                "1778766865,1778766865",
                "1778766865000,1778766865",
                "\"1778766865000\",1778766865",
                "1778766865.0,NULL",
                "\"TIMESTAMP\",NULL",
                "0,NULL",
                "-1,NULL",
                "1e400000,NULL",
                "9463392000000,NULL",
                "\"253402300800\",NULL",
                "null,NULL",
                "{},NULL",
                "\"\u0661\",NULL"
            })
    void onlyTimesThatCanBeAreBelieved(String timestamp, Long second) {
        Fact.MessageTold message = message("{\"id\":\"a\",\"timestamp\":" + timestamp + "}");

        assertThat(message.item().occurredAt()).isEqualTo(second == null ? null : Instant.ofEpochSecond(second));
    }

    @Test
    void rawIsTheItemAsMetaSentIt() {
        String item = "{ \"id\":\"a\",\t\"n\":[1.10, 1e400,-0 ],\"k\":1,\"k\":2,\"s\":\"\\/\\u00e9\" }";

        assertThat(message(item).item().raw()).isEqualTo(item);
    }

    @Test
    void theDigestDependsOnTheContentAlone() {
        byte[] digest = message("{\"id\":\"a\",\"text\":{\"body\":\"\\u00e9\\/\"},\"n\":1.10}")
                .item()
                .digest();

        assertThat(digest).hasSize(16);
        assertThat(message("{ \"n\" : 11e-1, \"text\":{\"body\":\"é/\"}, \"id\":\"a\" }")
                        .item()
                        .digest())
                .isEqualTo(digest);
        assertThat(message("{\"id\":\"a\",\"text\":{\"body\":\"\\u00e9\\/\"},\"n\":1.11}")
                        .item()
                        .digest())
                .isNotEqualTo(digest);
    }

    @Test
    void anItemNestedTooDeepIsKeptAsText() {
        String deep = "{\"id\":\"a\",\"text\":{\"body\":\"hi\"},\"x\":" + "[".repeat(500) + "]".repeat(500) + "}";

        Fact.MessageTold message = message(deep);
        assertThat(message.body()).isEqualTo("hi");
        assertThat(message.item().raw()).isEqualTo(PostgresText.quoted(deep));
        assertThat(JsonReader.read(message.item().raw()))
                .isInstanceOfSatisfying(
                        Json.Str.class, raw -> assertThat(raw.value()).isEqualTo(deep));
    }
}
