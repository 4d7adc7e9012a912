package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What programs tell Twotick of people, messages and campaigns: through the API of a worker with all roles.
@WithStores
class ApiProjectionsTest {
    private static WorkerFixture twotick;
    private static Program crm;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        crm = new Program(twotick.worker(EnumSet.allOf(Worker.Role.class)).consolePort());
    }

    @AfterAll
    static void close() {
        crm.close();
        twotick.close();
    }

    @BeforeEach
    void empty() {
        twotick.settle();
        twotick.emptyLogAndHooks();
    }

    /// @return its contact and its conversation
    private static JsonNode messageComes() {
        twotick.receiveText(++messages, "hello");
        twotick.settle();
        String event = twotick.text("select body::json ->> 'data' from hook_event where type = 'message.received'"
                + " order by raised_at desc limit 1");
        return Program.json(event);
    }

    @Test
    void aConversationIsMarkedRead() throws Exception {
        JsonNode message = messageComes();
        String path = "/conversations/" + message.get("conversation_id").asLong() + "/read";
        JsonNode mark =
                crm.asked("POST", path, "{\"message\":\"" + message.get("id").asString() + "\"}");
        assertThat(mark.get("unread").asInt()).isZero();
        assertThat(crm.asked("POST", path, "")).isEqualTo(mark);
        Program.problem(crm.call("POST", "/conversations/0/read", ""), 404);
        Program.problem(crm.call("POST", "/conversations/none/read", ""), 400);
        Program.problem(crm.call("POST", path, "{\"message\":\"019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f\"}"), 404);
    }

    @Test
    void aLabelIsMadeOnceAttachedAndTakenOff() throws Exception {
        String contact = messageComes().get("contact_id").asString();
        HttpResponse<String> made = crm.call("POST", "/labels", "{\"name\":\"VIP\"}");
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(crm.call("POST", "/labels", "{\"name\":\"VIP\"}"))
                .returns(200, HttpResponse::statusCode)
                .returns(made.body(), HttpResponse::body);
        JsonNode label = Program.json(made.body());
        assertThat(crm.asked("GET", "/labels", "").get("items")).contains(label);

        String path = "/contacts/" + contact + "/labels";
        String one = path + "/" + label.get("id").asLong();
        for (int times = 0; times < 2; times++) {
            assertThat(crm.asked("PUT", one, "").get("labels")).containsExactly(label);
        }
        assertThat(crm.asked("GET", path, "").get("labels")).containsExactly(label);
        for (int times = 0; times < 2; times++) {
            assertThat(crm.asked("DELETE", one, "").get("labels")).isEmpty();
        }
        Program.problem(crm.call("PUT", path + "/0", ""), 404);
        Program.problem(crm.call("GET", "/contacts/019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f/labels", ""), 404);
        Program.problem(crm.call("POST", "/labels", "{\"name\":\" \"}"), 400);
    }

    @Test
    void aContactThatProvedToBeAnotherLeadsToIt() throws Exception {
        String contact = messageComes().get("contact_id").asString();
        String former = "019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f";
        twotick.db.execute("insert into contact_merged (from_id, into_id) values (?::uuid, ?::uuid)", former, contact);
        long label =
                crm.asked("POST", "/labels", "{\"name\":\"late\"}").get("id").asLong();
        assertThat(crm.asked("PUT", "/contacts/" + former + "/labels/" + label, "")
                        .get("contact")
                        .asString())
                .isEqualTo(contact);
        twotick.db.execute("delete from contact_merged");
    }
}
