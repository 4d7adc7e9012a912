package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.factsOf;
import static dev.twotick.worker.interpret.Bodies.field;
import static dev.twotick.worker.interpret.Bodies.message;
import static dev.twotick.worker.interpret.Bodies.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.interpret.Fact.Effect.IdentityChanged;
import dev.twotick.worker.interpret.Fact.Effect.NameSaved;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who became whom, and how the business calls them.
class IdentityChangesTest {
    private static final Instant AT = Instant.ofEpochSecond(1778766865);

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "from":"1"                        | "type":"user_changed_number","wa_id":"2"                                       | 1 - -                | 2 - -
            "from":"1"                        | "type":"customer_changed_number","new_wa_id":"2"                               | 1 - -                | 2 - -
            "x":1                             | "type":"user_changed_number","wa_id":"2","customer":"1"                        | 1 - -                | 2 - -
            "from":"1"                        | "type":"user_changed_number","wa_id":"2","user_id":"US.2"                      | 1 - -                | 2 US.2 -
            "from":"1","from_user_id":"US.1"  | "type":"user_changed_number","wa_id":"2","user_id":"US.2"                      | 1 US.1 -             | 2 US.2 -
            "from":"1","from_user_id":"US.2"  | "type":"user_changed_number","wa_id":"2","user_id":"US.2"                      | 1 - -                | 2 US.2 -
            "from":"1"                        | "type":"user_changed_user_id","previous_user_id":"US.1","user_id":"US.2"       | 1 US.1 -             | - US.2 -
            "x":1                             | "type":"user_changed_user_id","previous_user_id":"US.1","user_id":"US.2","previous_parent_user_id":"US.ENT.1","parent_user_id":"US.ENT.2" | - US.1 US.ENT.1 | - US.2 US.ENT.2
            "from":"1"                        | "type":"user_changed_number"                                                   | NULL                 | NULL
            "from":"1"                        | "type":"user_changed_number","wa_id":"1"                                       | NULL                 | NULL
            "x":1                             | "type":"user_changed_number","wa_id":"2"                                       | NULL                 | NULL
            "from":"1"                        | "type":"customer_identity_changed","wa_id":"2"                                 | NULL                 | NULL
            "from":"1"                        | "wa_id":"2"                                                                    | NULL                 | NULL
            """)
    void aSystemMessageSaysWhoBecameWhom(String item, String system, String before, String after) {
        Fact.MessageTold told = message("{\"id\":\"a\",\"timestamp\":\"1778766865\",\"type\":\"system\"," + item
                + ",\"system\":{" + system + "}}");

        assertThat(told.change()).isEqualTo(before == null ? null : new IdentityChange(person(before), person(after)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "user_id":{"previous":"US.1","current":"US.2"},"wa_id":"1"                             | - US.1 -        | 1 US.2 -
            "user_id":{"previous":"US.1","current":"US.2"},"parent_user_id":{"previous":"US.ENT.1","current":"US.ENT.2"} | - US.1 US.ENT.1 | - US.2 US.ENT.2
            "user_id":{"previous":"US.1","current":"US.2"},"parent_user_id":"US.ENT.2"             | - US.1 -        | - US.2 US.ENT.2
            "user_id":"US.2","previous_user_id":"US.1"                                             | - US.1 -        | - US.2 -
            "user_id":{"current":"US.2"}                                                           | NULL            | NULL
            "user_id":[]                                                                           | NULL            | NULL
            """)
    void aUserIdUpdateSaysWhoBecameWhom(String item, String before, String after) {
        Fact.Noticed notice = only(
                Fact.Noticed.class,
                field("user_id_update", "\"user_id_update\":[{" + item + ",\"timestamp\":1778766865}]"));

        assertThat(notice.effect())
                .isEqualTo(
                        before == null ? null : new IdentityChanged(new IdentityChange(person(before), person(after))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "action":"add"    | "full_name":"Ann B","first_name":"Ann","phone_number":"1650"  | 1650 - - | Ann B
            "action":"add"    | "first_name":"Ann","phone_number":"+1 (650) 555-1234"         | 16505551234 - - | Ann
            "action":"add"    | "first_name":"Ann","user_id":"US.1"                           | - US.1 - | Ann
            "action":"edit"   | "full_name":"Ann","phone_number":1650                         | 1650 - - | Ann
            "action":"remove" | "full_name":"Ann","phone_number":"1650"                       | 1650 - - | NULL
            "action":"add"    | "phone_number":"1650"                                         | NULL     | NULL
            "action":"add"    | "full_name":"Ann"                                             | NULL     | NULL
            "action":"add"    | "full_name":"Ann","phone_number":"ann"                        | NULL     | NULL
            """)
    void aNameInTheAddressBookIsSavedOrTakenOut(String action, String contact, String person, String name) {
        Fact.Noticed notice = only(Fact.Noticed.class, field("smb_app_state_sync", """
                "state_sync":[{"type":"contact",%s,"contact":{%s},"metadata":{"timestamp":"1778766865"}}]""".formatted(action, contact)));

        assertThat(notice.effect()).isEqualTo(person == null ? null : new NameSaved(person(person), name));
        assertThat(notice.item().occurredAt()).isEqualTo(person == null ? null : AT);
    }

    @Test
    void moreNamesThanNoticesAreSaved() {
        String one = "{\"action\":\"add\",\"contact\":{\"full_name\":\"A\",\"phone_number\":\"1\"}}";
        List<Fact> facts = factsOf("smb_app_state_sync", "\"state_sync\":[" + one + ("," + one).repeat(4_999) + "]");

        assertThat(facts).hasSize(5_000);
    }

    private static Person person(String ids) {
        String[] id = ids.split(" ", -1);
        return new Person(idOf(id[0]), idOf(id[1]), idOf(id[2]), null, null, AT);
    }

    private static @Nullable String idOf(String text) {
        return text.equals("-") ? null : text;
    }
}
