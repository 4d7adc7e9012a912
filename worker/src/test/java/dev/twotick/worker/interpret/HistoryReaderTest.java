package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.factsOf;
import static dev.twotick.worker.interpret.Bodies.field;
import static dev.twotick.worker.interpret.Bodies.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryReaderTest {
    private static final Instant AT = Instant.ofEpochSecond(1778766865);

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "id":"1"                                          | "from":"15550783881"                  | OUTBOUND | 1    | NULL
            "id":"1"                                          | "from":"+1 (555) 078-3881"            | OUTBOUND | 1    | NULL
            "id":"1"                                          | "from":"1"                            | INBOUND  | 1    | NULL
            "context":{"wa_id":"1","user_id":"US.1"}          | "from":"1"                            | INBOUND  | 1    | US.1
            "context":{"user_id":"US.1"}                      | "from_user_id":"US.1","from":"1"      | INBOUND  | 1    | US.1
            "context":{"user_id":"US.1"}                      | "to_user_id":"US.1"                   | OUTBOUND | NULL | US.1
            "context":{"user_id":"US.1"}                      | "x":1                                 | NULL     | NULL | US.1
            "id":"1","context":{"user_id":"US.1"}             | "from":"1"                            | INBOUND  | 1    | US.1
            "id":"Y2FwaV9ncm91cDox"                           | "from":"1"                            | INBOUND  | 1    | NULL
            "context":{}                                      | "from":"15550783881","to":"2"         | OUTBOUND | 2    | NULL
            "context":{}                                      | "from":"2"                            | INBOUND  | 2    | NULL
            """)
    void theSenderSaysTheDirectionAndTheThreadTheOtherSide(
            String thread, String item, Direction direction, String waId, String userId) {
        MessageTold told = message(thread, item + ",\"type\":\"text\",\"text\":{\"body\":\"x\"}");

        assertThat(told.direction()).isEqualTo(direction);
        assertThat(told.peer()).isEqualTo(new Person(waId, userId, null, null, null, AT));
        assertThat(told.item().key()).isEqualTo("hist:" + NUMBER + ":h");
        assertThat(told.source()).isEqualTo(Source.HISTORY);
    }

    @ParameterizedTest
    @CsvSource({
        "+55 11 98765-4321, 551187654321, 4915112345678",
        "551187654321, 5511987654321, 4915112345678",
        "+52 1 55 1234 5678, 525512345678, 525587654321"
    })
    void aMessageOfOursIsOursInWhateverSpellingOfOurNumber(String display, String from, String thread) {
        MessageTold told = only(
                MessageTold.class, field("history", """
                        "history":[{"threads":[{"id":"%s","messages":[{"id":"h","from":"%s","type":"text",\
                        "history_context":{"status":"READ"}}]}]}]""".formatted(thread, from)).replace("15550783881", display));

        assertThat(told.direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(told.historyStatus()).isEqualTo(MessageStatus.READ);
        assertThat(told.peer()).isEqualTo(new Person(thread, null, null, null, null, null));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "NULL",
            value = {
                "READ,READ",
                "delivered,DELIVERED",
                "PLAYED,PLAYED",
                "SENT,SENT",
                "PENDING,PENDING",
                "ERROR,FAILED",
                "TOMORROW,NULL"
            })
    void aMessageOfTheBusinessHadComeSoFar(String word, MessageStatus status) {
        String context = "\"history_context\":{\"status\":\"" + word + "\"}";

        assertThat(message("\"id\":\"1\"", "\"from\":\"15550783881\"," + context)
                        .historyStatus())
                .isEqualTo(status);
        assertThat(message("\"id\":\"1\"", "\"from\":\"1\"," + context).historyStatus())
                .isNull();
    }

    @Test
    void aPlaceholderRanksBelowTheMediaThatComesLater() {
        MessageTold placeholder = message("\"id\":\"1\"", "\"from\":\"1\",\"type\":\"media_placeholder\"");
        assertThat(placeholder.placeholder()).isTrue();

        MessageTold media = only(
                MessageTold.class,
                field("history", "\"messages\":[{\"id\":\"h\",\"from\":\"1\",\"image\":{\"id\":\"7\"}}]"));
        assertThat(media.source()).isEqualTo(Source.HISTORY_MEDIA);
        assertThat(media.contentRank()).isGreaterThan(placeholder.contentRank());
        assertThat(media.item().key()).isEqualTo("histm:" + NUMBER + ":h");
        assertThat(media.direction()).isEqualTo(Direction.INBOUND);
        assertThat(media.peer()).isEqualTo(new Person("1", null, null, null, null, null));
        MessageTold own = only(MessageTold.class, field("history", """
                "messages":[{"id":"h","from":"15550783881","to":"2","image":{"id":"7"}}]"""));
        assertThat(own.direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(own.peer()).isEqualTo(new Person("2", null, null, null, null, null));
        assertThat(only(MessageTold.class, field("history", "\"message_echoes\":[{\"id\":\"h\",\"to\":\"2\"}]"))
                        .direction())
                .isEqualTo(Direction.OUTBOUND);
    }

    @Test
    void aChunkIsKeptWithoutItsMessages() {
        List<Fact> facts = factsOf("history", """
                "history":[{"metadata":{"phase":0,"chunk_order":1,"progress":55},"threads":[{"id":"1","messages":[\
                {"id":"h","from":"1"},{"from":"1"},7],"tomorrow":1}]}]""");

        assertThat(facts)
                .extracting(fact -> fact.item().raw())
                .containsExactly(
                        "{\"id\":\"h\",\"from\":\"1\"}",
                        "{\"from\":\"1\"}",
                        "7",
                        "{\"tomorrow\":1}",
                        "{\"metadata\":{\"phase\":0,\"chunk_order\":1,\"progress\":55}}");
        assertThat(facts.getFirst().item().path())
                .isEqualTo("entry[0].changes[0].value.history[0].threads[0].messages[0]");
    }

    @Test
    void chunksWithTheSameWordsAndOtherMessagesAreTwo() {
        String one = "\"history\":[{\"metadata\":{\"phase\":0},\"threads\":[{\"messages\":[{\"id\":\"h\"}]}]}]";

        assertThat(keyOfChunk(one)).isNotEqualTo(keyOfChunk(one.replace("\"h\"", "\"i\"")));
        assertThat(keyOfChunk(one)).isEqualTo(keyOfChunk(one.replace("\"phase\":0", " \"phase\" : 0")));
    }

    @Test
    void whyThereIsNoHistoryIsKept() {
        Fact.Noticed declined =
                only(Fact.Noticed.class, field("history", "\"history\":[{\"errors\":[{\"code\":2593109}]}]"));

        assertThat(declined.field()).isEqualTo("history");
        assertThat(declined.item().raw()).isEqualTo("{\"errors\":[{\"code\":2593109}]}");
    }

    @Test
    void aUsernameIsAsOldAsTheThreadsLastMessage() {
        List<Fact> facts = factsOf("history", """
                "history":[{"threads":[{"context":{"user_id":"US.1","username":"ann"},"messages":[\
                {"id":"a","from_user_id":"US.1","timestamp":"1778766865"},{"id":"b","timestamp":"1778766800"}]},\
                {"context":{"user_id":"US.2"},"messages":[{"id":"c","timestamp":"1778766900"}]}]}]""");

        assertThat(facts)
                .extracting(fact -> ((MessageTold) fact).peer())
                .containsExactly(
                        new Person(null, "US.1", null, null, "ann", AT),
                        new Person(null, "US.1", null, null, "ann", AT),
                        new Person(null, "US.2", null, null, null, Instant.ofEpochSecond(1778766900)));
    }

    @Test
    void tenThousandMessagesOfOneBodyAreTold() {
        StringBuilder threads = new StringBuilder("{\"id\":\"0\"}");
        for (int t = 1; t <= 1_000; t++) {
            threads.append(",{\"id\":\"")
                    .append(t)
                    .append("\",\"messages\":[{\"id\":\"")
                    .append(t)
                    .append(".0\"}");
            for (int m = 1; m < 10; m++) {
                threads.append(",{\"id\":\"")
                        .append(t)
                        .append('.')
                        .append(m)
                        .append("\",\"from\":\"")
                        .append(t);
                threads.append("\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}");
            }
            threads.append("]}");
        }

        List<Fact> facts = factsOf("history", "\"history\":[{\"metadata\":{},\"threads\":[" + threads + "]}]");
        assertThat(facts).hasSize(10_001);
        assertThat(facts.stream().mapToInt(fact -> fact.item().raw().length()).sum())
                .isLessThan(threads.length());
    }

    private static String keyOfChunk(String members) {
        return factsOf("history", members).getLast().item().key();
    }

    private static MessageTold message(String thread, String item) {
        return only(MessageTold.class, field("history", """
                "history":[{"threads":[{%s,"messages":[{"id":"h","timestamp":"1778766865",%s}]}]}]""".formatted(thread, item)));
    }
}
