package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.factsOf;
import static dev.twotick.worker.interpret.Bodies.field;
import static dev.twotick.worker.interpret.Bodies.only;
import static dev.twotick.worker.interpret.Bodies.status;
import static dev.twotick.worker.interpret.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EchoAndStandbyTest {
    private static final Instant AT = Instant.ofEpochSecond(1778766865);

    @ParameterizedTest
    @ValueSource(strings = {"smb_message_echoes", "message_echoes"})
    void anEchoIsWhatTheBusinessSentToAPerson(String field) {
        MessageTold echo = echo(field, """
                "from":"15550783881","to":"16505551234","to_user_id":"US.1","type":"image",\
                "image":{"id":"7","caption":"See"}""");

        assertThat(echo.item().key()).isEqualTo("echo:" + NUMBER + ":e");
        assertThat(echo.source()).isEqualTo(Source.ECHO);
        assertThat(echo.direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(echo.peer()).isEqualTo(new Person("16505551234", "US.1", null, null, null, AT));
        assertThat(echo.body()).isEqualTo("See");
        assertThat(echo.kind()).isEqualTo(Kind.CONTENT);
    }

    @Test
    void contactsNameWhomAnEchoWentTo() {
        String members = """
                "contacts":[{"profile":{"username":"b"},"user_id":"US.2"},\
                {"profile":{"name":"A","username":"a"},"wa_id":"1","user_id":"US.1"}],\
                "message_echoes":[{"id":"e","timestamp":"1778766865","to":"1","type":"text","text":{"body":"x"}},\
                {"id":"f","to_user_id":"US.2","type":"text","text":{"body":"x"}}]""";

        assertThat(factsOf("smb_message_echoes", members))
                .extracting(fact -> ((MessageTold) fact).peer())
                .containsExactly(
                        new Person("1", "US.1", null, "A", "a", AT), new Person(null, "US.2", null, null, "b", AT));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "type":"edit","edit":{"original_message_id":"o","message":{"type":"text","text":{"body":"new"}}} | EDIT     | o    | NULL
            "type":"revoke","revoke":{"original_message_id":"o"}                                             | REVOKE   | o    | NULL
            "type":"reaction","reaction":{"message_id":"o","emoji":"x"}                                      | REACTION | o    | x
            "type":"reaction","reaction":{"message_id":"o","emoji":""}                                       | REACTION | o    | NULL
            "type":"reaction","reaction":{"emoji":"x"}                                                       | REACTION | NULL | NULL
            "type":"edit"                                                                                    | EDIT     | NULL | NULL
            "type":"text","reaction":{"message_id":"o"}                                                      | CONTENT  | NULL | NULL
            """)
    void whatAnEchoIsAboutIsItsTarget(String item, Kind kind, String target, String emoji) {
        MessageTold echo = echo("smb_message_echoes", "\"to\":\"1\"," + item);

        assertThat(echo.kind()).isEqualTo(kind);
        assertThat(echo.target()).isEqualTo(target == null ? null : new Fact.Target(new Wamid(target), emoji));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"to\":\"g\",\"recipient_type\":\"group\"",
                "\"to\":\"g\",\"group_id\":\"g\"",
                "\"to\":\"\"",
                "\"x\":1"
            })
    void anEchoToAGroupOrToNobodyHasNoOtherSide(String to) {
        assertThat(echo("smb_message_echoes", to).peer()).isNull();
    }

    @Test
    void standbyIsWatchedFromAside() {
        String members = "\"standby\":{\"contacts\":[{\"profile\":{\"name\":\"A\"},\"wa_id\":\"1\"}],\"messages\":["
                + text("m", "1") + "],\"statuses\":[" + status("s", "read") + "]}";

        List<Fact> facts = factsOf("standby", members);
        assertThat(facts)
                .extracting(fact -> fact.item().key())
                .containsExactly("sb:" + NUMBER + ":m", "st:" + NUMBER + ":s:read:");
        MessageTold told = (MessageTold) facts.getFirst();
        assertThat(told.source()).isEqualTo(Source.STANDBY);
        assertThat(told.direction()).isEqualTo(Direction.INBOUND);
        assertThat(told.peer()).isEqualTo(new Person("1", null, null, "A", null, Instant.ofEpochSecond(1778766870)));
        assertThat(told.item().path()).isEqualTo("entry[0].changes[0].value.standby.messages[0]");
    }

    @Test
    void whatAnotherAppSentIsReadAsItWasHandedIn() {
        MessageTold echo = only(MessageTold.class, field("standby", """
                "standby":{"message_echoes":[{"id":"e","timestamp":"1778766865","message":{"to":"+1650","type":"interactive",\
                "context":{"message_id":"o"},"interactive":{"type":"button","body":{"text":"Pick one"}}}}]}"""));

        assertThat(echo.item().key()).isEqualTo("sb:" + NUMBER + ":e");
        assertThat(echo.direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(echo.type()).isEqualTo("interactive");
        assertThat(echo.body()).isEqualTo("Pick one");
        assertThat(echo.replyTo()).isEqualTo("o");
        assertThat(echo.peer()).isEqualTo(new Person("1650", null, null, null, null, AT));
    }

    @Test
    void unknownMembersOfStandbyAreKept() {
        assertThat(factsOf("standby", "\"standby\":{\"messages\":[],\"tomorrow\":1},\"other\":2"))
                .extracting(fact -> fact.item().path() + " " + fact.item().raw())
                .containsExactly(
                        "entry[0].changes[0].value.standby.tomorrow {\"tomorrow\":1}",
                        "entry[0].changes[0].value.other {\"other\":2}");
        assertThat(factsOf("standby", "\"x\":[]")).hasSize(1);
    }

    private static MessageTold echo(String field, String item) {
        return only(
                MessageTold.class,
                field(field, "\"message_echoes\":[{\"id\":\"e\",\"timestamp\":\"1778766865\"," + item + "}]"));
    }
}
