package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.field;
import static dev.twotick.worker.interpret.Bodies.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallReaderTest {

    @Test
    void aCallThatEndedSaysHowLongItWas() {
        Fact.Noticed notice = call("""
                "event":"terminate","status":"COMPLETED","timestamp":"1778766900","direction":"USER_INITIATED","from":"1",\
                "to":"15550783881","start_time":"1778766860","end_time":"1778766897","duration":37,\
                "biz_opaque_callback_data":"order-17\"""");

        assertThat(notice.item().key()).matches("call:" + NUMBER + ":wacid\\.1:terminate:[0-9a-f]{32}");
        assertThat(notice.item().occurredAt()).isEqualTo(Instant.ofEpochSecond(1778766900));
        assertThat(notice.effect())
                .isEqualTo(new CallReported(
                        "wacid.1",
                        Direction.INBOUND,
                        "terminate",
                        "COMPLETED",
                        new Person("1", null, null, null, null, Instant.ofEpochSecond(1778766900)),
                        Instant.ofEpochSecond(1778766860),
                        Instant.ofEpochSecond(1778766897),
                        37,
                        "order-17"));
    }

    @Test
    void theSameEventWithOtherContentIsAnotherFact() {
        String recorded =
                "\"event\":\"call_recording_available\",\"timestamp\":\"1778766900\",\"recording\":{\"id\":\"%s\"}";
        String one = call(recorded.formatted("r1")).item().key();

        assertThat(call(recorded.formatted("r1").replace(",", " , ")).item().key())
                .isEqualTo(one);
        assertThat(call(recorded.formatted("r2")).item().key()).isNotEqualTo(one);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "direction":"USER_INITIATED","from":"1","from_user_id":"US.1","to":"15550783881"         | INBOUND  | 1    | US.1
            "direction":"BUSINESS_INITIATED","from":"15550783881","to":"1","to_user_id":"US.1"       | OUTBOUND | 1    | US.1
            "direction":"BUSINESS_INITIATED","from":"1","to":"15550783881"                           | OUTBOUND | 1    | NULL
            "direction":"USER_INITIATED","from":"15550783881","to":"1"                               | INBOUND  | 1    | NULL
            "direction":"BUSINESS_INITIATED","to_user_id":"US.1"                                     | OUTBOUND | NULL | US.1
            "from":"1","to":"+15550783881"                                                           | INBOUND  | 1    | NULL
            "from":"15550783881","to":"1"                                                            | OUTBOUND | 1    | NULL
            "from":"1"                                                                               | NULL     | 1    | NULL
            """)
    void theOtherSideIsNeverTheBusiness(String item, Direction direction, String waId, String userId) {
        CallReported call = (CallReported) call(item).effect();

        assertThat(call).isNotNull();
        assertThat(call.direction()).isEqualTo(direction);
        assertThat(call.peer()).isEqualTo(new Person(waId, userId, null, null, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"calls", "messages"})
    void aStatusOfACallIsNoMessagesStatus(String field) {
        Fact.Noticed notice = only(Fact.Noticed.class, field(field, """
                "statuses":[{"id":"wacid.1","type":"call","status":"RINGING","timestamp":"1778766865","recipient_id":"1",\
                "recipient_user_id":"US.1"}]"""));

        assertThat(notice.item().key()).matches("call:" + NUMBER + ":wacid\\.1:RINGING:[0-9a-f]{32}");
        CallReported call = (CallReported) notice.effect();
        assertThat(call).isNotNull();
        assertThat(call.status()).isEqualTo("RINGING");
        assertThat(call.event()).isNull();
        assertThat(call.direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(call.peer()).isEqualTo(new Person("1", "US.1", null, null, null, Instant.ofEpochSecond(1778766865)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"duration\":-1",
                "\"duration\":1e400000",
                "\"duration\":99999999999",
                "\"duration\":\"x\"",
                "\"start_time\":\"300000-01-01\",\"event\":[],\"status\":{},\"from\":null,\"to\":7.5"
            })
    void whatCannotBeReadIsNull(String item) {
        assertThat(call(item).effect())
                .isEqualTo(new CallReported("wacid.1", null, null, null, null, null, null, null, null));
    }

    @Test
    void aCallWithoutIdIsKept() {
        assertThat(only(Fact.Noticed.class, field("calls", "\"calls\":[{\"event\":\"connect\"}]"))
                        .effect())
                .isNull();
        assertThat(only(Fact.Noticed.class, field("calls", "\"calls\":[{\"id\":\"" + "w".repeat(100_000) + "\"}]"))
                        .effect())
                .isNull();
    }

    private static Fact.Noticed call(String item) {
        return only(Fact.Noticed.class, field("calls", "\"calls\":[{\"id\":\"wacid.1\"," + item + "}]"));
    }
}
