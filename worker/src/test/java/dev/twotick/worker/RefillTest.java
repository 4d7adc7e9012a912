package dev.twotick.worker;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `--replay --refill`: columns that are null in old rows, as a migration that adds them leaves them.
@WithStores
class RefillTest {
    private static final long AT = 1_795_000_000;

    private final WorkerFixture twotick;

    RefillTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
        twotick.db.execute("delete from hook_endpoint");
        twotick.db.execute("insert into hook_endpoint (id, name, url, secret, events)"
                + " values (gen_random_uuid(), 'app', 'https://a.example/', '\\x00', '{*}')");
    }

    @AfterEach
    void close() {
        twotick.db.execute("delete from hook_endpoint");
        twotick.close();
    }

    @Test
    void whatColumnsLackIsFilledAndNothingElseIsTouched() {
        received();
        String before = everything();
        assertThat(twotick.number("select count(*) from hook_delivery")).isGreaterThan(5);
        assertThat(twotick.number("select unread_count from conversation")).isEqualTo(4);
        int nulled = twotick.db.execute("update message set type = null, raw = null, body = null, voice = null,"
                + " media_id = null, media_mime_type = null, media_sha256 = null, media_filename = null,"
                + " media_url = null, media_expires_at = null, latitude = null, longitude = null, location_name = null,"
                + " location_address = null, reply_to_wamid = null, forwarded = null, referral = null");
        twotick.db.execute("update message_status set pricing = null, conversation = null, errors = null,"
                + " callback_data = null, recipient_id = null");
        twotick.db.execute("update flow_response set name = null, flow_token = null, response = null");
        assertThat(everything()).isNotEqualTo(before);
        // what was never applied stays so, and what failed stays failed
        twotick.receiveText(9, "never applied");
        long failure = failure();

        refill();

        assertThat(everything()).isEqualTo(before);
        assertThat(nulled).isEqualTo(6);
        assertThat(failure()).isEqualTo(failure);
        assertThat(twotick.number("select count(*) from payload where state = 'received'"))
                .isOne();
        List<String> versions = versions();
        refill();
        assertThat(versions()).as("the same again writes nothing").isEqualTo(versions);
    }

    @Test
    void aStatusThatComesMeanwhileStaysAndWhatAnotherContentHasIsLeft() throws Exception {
        twotick.receiveText(1, "one");
        twotick.receiveText(2, "two");
        replay();
        twotick.db.execute("update message set type = null");
        CompletableFuture<Void> refilling = new CompletableFuture<>();
        twotick.db.transaction(live -> {
            live.dsl()
                    .execute("update message set status = 'read', status_rank = 4, read_at = now() where body = 'one'");
            live.dsl().execute("update message set content_digest = '\\x01', body = 'stronger' where body = 'two'");
            refilling.completeAsync(() -> {
                refill();
                return null;
            });
            await().until(() -> twotick.number("select count(*) from pg_stat_activity"
                            + " where application_name = 'twotick-refill' and wait_event_type = 'Lock'")
                    == 1);
        });
        refilling.get();

        assertThat(twotick.text(
                        "select string_agg(body || ' ' || status || ' ' || coalesce(type, '-'), ',' order by id)"
                                + " from message"))
                .isEqualTo("one read text,stronger pending -");
        assertThat(twotick.number("select count(*) from message where read_at is not null"))
                .isOne();
    }

    @Test
    void theFiltersOfAReplayHold() {
        PayloadId one = twotick.receiveText(1, "one");
        twotick.receiveText(2, "two");
        twotick.receive(MetaBodies.messages(
                "200", List.of(), List.of(MetaBodies.message("16505550009", "wamid.O", AT, "other"))));
        replay();
        twotick.db.execute("update message set type = null");

        refill("--account", "200");
        assertThat(filled()).isEqualTo("other");
        refill("--id", one.toString());
        assertThat(filled()).isEqualTo("one,other");
        refill("--dry-run");
        assertThat(filled()).isEqualTo("one,other");
    }

    /// Two batches: it is killed while it waits for a row of the second.
    @Test
    void whatWasKilledGoesOn() throws Exception {
        List<PayloadId> ids = new ArrayList<>();
        IntStream.range(0, 300).forEach(n -> ids.add(twotick.receiveText(n, "text " + n)));
        replay();
        twotick.db.execute("update message set type = null");
        twotick.db.transaction(held -> {
            held.dsl().fetch("select from message where body = 'text 299' for update");
            try (WorkerProcess refill =
                    WorkerProcess.start(twotick.environment, WorkerCommand.class, "--replay", "--refill")) {
                await().until(() -> twotick.number("select count(*) from message where type is not null") == 256
                        && twotick.number("select count(*) from pg_stat_activity"
                                        + " where application_name = 'twotick-refill' and wait_event_type = 'Lock'")
                                == 1);
                refill.kill();
            }
        });
        assertThat(twotick.number("select count(*) from message where type is null"))
                .isEqualTo(44);

        refill("--since", ids.get(255).time().toString());

        assertThat(twotick.number("select count(*) from message where type is null"))
                .isZero();
    }

    /// Of each kind of row that is filled.
    private void received() {
        long live = AT + 60;
        twotick.receive(MetaBodies.messages(
                NUMBER,
                List.of(MetaBodies.contact("16505550001", "Ann")),
                List.of(
                        item("wamid.T", AT, """
                                "type":"text","text":{"body":"hello"},"context":{"from":"1","id":"wamid.Q","forwarded":true},
                                "referral":{"source_url":"https://fb.me/1","source_id":"1"}"""),
                        item("wamid.V", AT + 1, """
                                "type":"audio","audio":{"id":"7","mime_type":"audio/ogg","sha256":"c2hh","voice":true,
                                "url":"https://lookaside.example/7"}"""),
                        item("wamid.L", AT + 2, """
                                "type":"location","location":{"latitude":1.5,"longitude":2.5,"name":"n","address":"a"}"""),
                        item("wamid.F", AT + 3, """
                                "type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent",
                                "response_json":"{\\"flow_token\\":\\"t\\",\\"answer\\":1}"}}"""))));
        twotick.receive(MetaBodies.messages(NUMBER, List.of(), List.of(item("wamid.E", AT + 10, """
                        "type":"edit","edit":{"original_message_id":"wamid.T",
                        "message":{"type":"text","text":{"body":"hello there"}}}"""))));
        twotick.receive(MetaBodies.statuses(NUMBER, List.of("""
                {"id":"wamid.S","status":"failed","timestamp":"%d","recipient_id":"16505550002",
                "biz_opaque_callback_data":"c","errors":[{"code":131026,"title":"no"}],
                "conversation":{"id":"C"},"pricing":{"category":"utility"}}""".formatted(live))));
        twotick.receive("no JSON".getBytes(UTF_8));
        replay();
    }

    private static String item(String wamid, long at, String rest) {
        return """
                {"from":"16505550001","id":"%s","timestamp":"%d",%s}""".formatted(wamid, at, rest);
    }

    /// Every column of every table that a payload leaves something in, but for the log.
    private String everything() {
        StringBuilder all = new StringBuilder();
        for (String table : List.of(
                "message",
                "message_status",
                "flow_response",
                "reaction_statement",
                "conversation",
                "contact",
                "contact_identity",
                "contact_mention",
                "account",
                "account_notice",
                "hook_page",
                "hook_delivery",
                "payload_outcome",
                "payload_failure")) {
            all.append(table)
                    .append(twotick.text("select string_agg(t::text, E'\\n' order by t::text) from " + table + " t"));
        }
        return all.toString();
    }

    private List<String> versions() {
        return twotick.db
                .fetch("select xmin::text || ctid::text from message order by id")
                .getValues(0, String.class);
    }

    private long failure() {
        return twotick.number("select count(*) from payload where state = 'failed'");
    }

    private String filled() {
        return twotick.text("select string_agg(body, ',' order by body) from message where type is not null");
    }

    private void replay() {
        assertThat(WorkerCommand.run(twotick.environment, "--replay", "--in-process"))
                .isLessThan(2);
    }

    private void refill(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--replay", "--refill"));
        arguments.addAll(List.of(more));
        assertThat(WorkerCommand.run(twotick.environment, arguments.toArray(String[]::new)))
                .isLessThan(2);
    }
}
