package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.messages;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContactsOfValueTest {
    private static final Instant AT = Instant.ofEpochSecond(1778766865);

    @Test
    void contactsAreMatchedByIdentifierNeverByPosition() {
        String contacts =
                "{\"profile\":{\"name\":\"B\"},\"wa_id\":\"2\"},{\"profile\":{\"name\":\"A\"},\"wa_id\":\"1\",\"user_id\":\"US.1\"}";
        String items = message("\"from\":\"1\"") + "," + message("\"from\":\"2\"") + "," + message("\"from\":\"3\"");

        assertThat(senders(contacts, items))
                .containsExactly(
                        new Person("1", "US.1", null, "A", null, AT),
                        new Person("2", null, null, "B", null, AT),
                        new Person("3", null, null, null, null, AT));
    }

    @Test
    void aSenderWithoutNumberIsKnownByUserId() {
        String contact =
                "{\"profile\":{\"name\":\"S\",\"username\":\"sheena\"},\"user_id\":\"US.1\",\"parent_user_id\":\"US.ENT.1\"}";

        assertThat(sender(contact, "\"from_user_id\":\"US.1\",\"from_parent_user_id\":\"US.ENT.1\""))
                .isEqualTo(new Person(null, "US.1", "US.ENT.1", "S", "sheena", AT));
        assertThat(sender(contact, "\"from\":\"US.1\""))
                .isEqualTo(new Person(null, "US.1", "US.ENT.1", "S", "sheena", AT));
        assertThat(sender(contact, "\"from\":\"US.ENT.1\""))
                .isEqualTo(new Person(null, "US.1", "US.ENT.1", "S", "sheena", AT));
    }

    @Test
    void aPlusMakesNoSecondPerson() {
        assertThat(sender("{\"profile\":{\"name\":\"A\"},\"wa_id\":\"1555\"}", "\"from\":\"+1555\""))
                .isEqualTo(new Person("1555", null, null, "A", null, AT));
    }

    @Test
    void aContactThatDoesNotMatchIsNotTheSender() {
        assertThat(sender("{\"profile\":{\"name\":\"B\"},\"wa_id\":\"2\"}", "\"from\":\"1\""))
                .isEqualTo(new Person("1", null, null, null, null, AT));
    }

    @Test
    void ofOneNumberTwoUserIdsAreTwoPeople() {
        assertThat(sender(
                        "{\"profile\":{\"name\":\"Old\"},\"wa_id\":\"1\",\"user_id\":\"US.1\"}",
                        "\"from\":\"1\",\"from_user_id\":\"US.2\""))
                .isEqualTo(new Person("1", "US.2", null, null, null, AT));
    }

    @Test
    void aNumberOfWhichTwoEntriesDisagreeIsNeithersAlone() {
        String old = "{\"profile\":{\"name\":\"Old\"},\"wa_id\":\"1\",\"user_id\":\"US.1\"}";
        String now = "{\"profile\":{\"name\":\"New\"},\"wa_id\":\"1\",\"user_id\":\"US.2\"}";

        for (String contacts : List.of(old + "," + now, now + "," + old)) {
            assertThat(sender(contacts, "\"from\":\"1\"")).isEqualTo(new Person("1", null, null, null, null, AT));
            assertThat(sender(contacts, "\"from\":\"1\",\"from_user_id\":\"US.2\""))
                    .isEqualTo(new Person("1", "US.2", null, "New", null, AT));
        }
        assertThat(sender(old + ",{\"wa_id\":\"1\",\"parent_user_id\":\"US.ENT.1\"}", "\"from\":\"1\""))
                .isEqualTo(new Person("1", "US.1", "US.ENT.1", "Old", null, AT));
    }

    @Test
    void theOnlyContactSentTheOnlyMessageThatNamesNobody() {
        String contact = "{\"profile\":{\"name\":\"A\"},\"wa_id\":\"1\"}";

        assertThat(sender(contact, "\"x\":1")).isEqualTo(new Person("1", null, null, "A", null, AT));
        assertThat(sender(contact, "\"group_id\":\"g\"")).isNull();
        assertThat(senders(contact, message("\"x\":1") + "," + message("\"x\":2")))
                .containsOnlyNulls();
        assertThat(senders(contact + "," + contact, message("\"x\":1"))).containsOnlyNulls();
        assertThat(sender("{\"profile\":{\"name\":\"A\"}}", "\"x\":1")).isNull();
    }

    @Test
    void oddContactsHideNobody() {
        assertThat(sender(
                        "null,7,{\"profile\":\"x\",\"wa_id\":\"1\"},{\"profile\":{\"name\":\"A\"},\"wa_id\":1}",
                        "\"from\":\"1\""))
                .isEqualTo(new Person("1", null, null, "A", null, AT));
        assertThat(sender("", "\"from\":\"\"")).isNull();
        assertThat(sender("", "\"from\":\"" + "1".repeat(600) + "\"")).isNull();
    }

    private static String message(String members) {
        return "{\"id\":\"w\",\"timestamp\":\"1778766865\"," + members + "}";
    }

    private static @Nullable Person sender(String contacts, String members) {
        return senders(contacts, message(members)).getFirst();
    }

    private static List<@Nullable Person> senders(String contacts, String items) {
        return Bodies.facts(messages("\"contacts\":[" + contacts + "],\"messages\":[" + items + "]")).facts().stream()
                .filter(Fact.MessageTold.class::isInstance)
                .<@Nullable Person>map(fact -> ((Fact.MessageTold) fact).peer())
                .toList();
    }
}
