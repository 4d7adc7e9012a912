package dev.twotick.worker;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static dev.twotick.worker.MetaBodies.contact;
import static dev.twotick.worker.MetaBodies.message;
import static dev.twotick.worker.MetaBodies.messages;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.UnfitRedis;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Protocol.Command;

/// A whole worker in this process, from the stream to the tables.
@WithStores
class WorkerTest {
    private final Stores stores;
    private final WorkerFixture twotick;

    WorkerTest(Stores stores) {
        this.stores = stores;
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }

    @AfterEach
    void close() {
        twotick.close();
    }

    @Test
    void oneItemOfAThousandFailsAloneAndIsAppliedByAReplayAfterTheFix() throws Exception {
        twotick.db.execute("alter table message add constraint poison check (body is distinct from 'poison')");
        try {
            List<String> items = IntStream.range(0, 1000)
                    .mapToObj(i -> message("16505551234", "wamid.P" + i, 1_795_000_000, i == 421 ? "poison" : "fine"))
                    .collect(Collectors.toList());
            twotick.worker();
            twotick.receive(messages(NUMBER, List.of(contact("16505551234", "A")), items));
            twotick.receiveText(1, "neighbour");
            twotick.settle();

            assertThat(twotick.number("select count(*) from message")).isEqualTo(1000);
            assertThat(twotick.text("select item from payload_failure"))
                    .isEqualTo("entry[0].changes[0].value.messages[421]");
            assertThat(WorkerCommand.run(twotick.environment, "--replay", "--failed"))
                    .isEqualTo(1);
        } finally {
            twotick.db.execute("alter table message drop constraint poison");
        }
        assertThat(WorkerCommand.run(twotick.environment, "--replay", "--failed"))
                .isEqualTo(0);

        assertThat(twotick.number("select count(*) from message")).isEqualTo(1001);
        assertThat(twotick.number("select sum(unread_count) from conversation")).isEqualTo(1001);
        assertThat(twotick.number("select count(*) from payload where state <> 'processed'"))
                .isZero();
        assertThat(twotick.number("select count(*) from payload_failure where healed_at is null"))
                .isZero();
        assertThat(twotick.number("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1);
    }

    @Test
    void messagesOfPeopleWhoProveToBeOneComeTogether() throws Exception {
        String number = "16505551234";
        twotick.receive(messages(NUMBER, List.of(), sixHundred("N", number)));
        twotick.receive(messages(
                NUMBER,
                List.of(),
                sixHundred("U", number).stream()
                        .map(item ->
                                item.replace("\"from\"", "\"from_user_id\"").replace(number, "US.1"))
                        .toList()));
        twotick.receive(messages(
                NUMBER,
                List.of(),
                List.of(message(number, "wamid.B", 1_795_000_000, "both")
                        .replace("\"from\"", "\"from_user_id\":\"US.1\",\"from\""))));
        twotick.worker();
        twotick.settle();

        await().until(() -> twotick.number("select count(*) from conversation") == 1);
        assertThat(twotick.number("select unread_count from conversation")).isEqualTo(1201);
    }

    private static List<String> sixHundred(String name, String from) {
        return IntStream.range(0, 600)
                .mapToObj(i -> message(from, "wamid." + name + i, 1_795_000_000 + i, "hello"))
                .toList();
    }

    @Test
    void aWorkerThatStopsUnderLoadLeavesNothingForOthersToWaitFor() throws Exception {
        for (int n = 0; n < 3_000; n++) {
            twotick.receiveText(n, "hello");
        }
        Worker stopping = twotick.worker();
        await().until(() -> twotick.number("select count(*) from payload_outcome") > 0);
        stopping.close();

        assertThat(twotick.pendingOfTheLiving())
                .as("what is not done looks abandoned, and is the next worker's at once")
                .isZero();
        twotick.worker();
        twotick.settle();

        assertThat(twotick.number("select count(*) from message")).isEqualTo(3_000);
        assertThat(twotick.number("select sum(unread_count) from conversation")).isEqualTo(3_000);
        assertThat(twotick.number("select count(*) from hook_event where type = 'message.received'"))
                .isEqualTo(3_000);
    }

    @Test
    void aClusterNodeAndASentinelAreNamedInHealth() throws Exception {
        try (UnfitRedis node = UnfitRedis.clusterNode();
                UnfitRedis sentinel = UnfitRedis.sentinel()) {
            twotick.environment.put("TWOTICK_REDIS_URL", node.url());
            assertThat(health(twotick.worker())).startsWith("503").contains("Redis Cluster", "runs alone");
            twotick.environment.put("TWOTICK_REDIS_URL", sentinel.url());
            assertThat(health(twotick.worker())).startsWith("503").contains("Redis Sentinel", "redis-sentinel://");
        }
    }

    @Test
    void aWorkerThatCannotReadTheStreamIsNotUp() throws Exception {
        Worker worker = twotick.worker();
        await().until(() -> health(worker).startsWith("200"));
        mayReadTheStream("-xreadgroup");
        try {
            await().until(() -> health(worker).startsWith("503"));
            assertThat(health(worker)).contains("\"redis\":\"down\"", "the stream cannot be read");
        } finally {
            mayReadTheStream("+xreadgroup");
        }
        await().until(() -> health(worker).startsWith("200"));
    }

    private void mayReadTheStream(String rule) {
        CommandArguments command =
                new CommandArguments(Command.ACL).add("SETUSER").add("default").add(rule);
        twotick.redis.executeCommand(new CommandObject<>(command, BuilderFactory.STRING));
    }

    /// The answer's status and body.
    private static String health(Worker worker) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + worker.port() + "/health");
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() + " " + answer.body();
        }
    }

    @Test
    void aWorkerStartsWithBothStoresAwayAndWorksWhenTheyAreThere() throws Exception {
        twotick.receiveText(1, "waits");
        stores.stopPostgres();
        stores.stopRedis();
        Thread starting = Thread.ofVirtual().start(() -> {
            try {
                twotick.worker();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stores.startRedis();
        twotick.redis.getPool().clear();
        stores.startPostgres();
        starting.join();
        twotick.settle();
        assertThat(twotick.number("select count(*) from message")).isEqualTo(1);
    }

    /// What an operator's trigger says of a row: nothing that waiting cures, and no class of bad data.
    private void refuse(String condition, String errcode, String says) {
        twotick.db.execute("create or replace function refuse() returns trigger language plpgsql as $$ begin if "
                + condition + " then raise exception '" + says + "' using errcode = '" + errcode
                + "'; end if; return new; end $$");
        twotick.db.execute("create trigger refuse before insert on message for each row execute function refuse()");
    }

    private void refuseNoMore() {
        twotick.db.execute("drop trigger if exists refuse on message");
    }

    @Test
    void whatATriggerRefusesFailsAloneAndIsTriedAgainByItself() throws Exception {
        refuse("new.body = 'refused'", "P0001", "no refused bodies here");
        try {
            for (int n = 0; n < 10; n++) {
                twotick.receiveText(n, n == 4 ? "refused" : "fine");
            }
            twotick.worker();
            twotick.settle();
            assertThat(twotick.number("select count(*) from message")).isEqualTo(9);
            assertThat(twotick.text(
                            "select item || ' ' || retries || ' ' || (error like '%P0001%')" + " from payload_failure"))
                    .isEqualTo("entry[0].changes[0].value.messages[0] 0 true");
        } finally {
            refuseNoMore();
        }
        twotick.db.execute("update payload_failure set retry_at = now()");
        await().until(() -> twotick.number("select count(*) from message") == 10);
        await().until(() -> twotick.number("select count(*) from payload_failure where healed_at is null") == 0);
        assertThat(twotick.number("select count(*) from payload where state <> 'processed'"))
                .isZero();
    }

    @Test
    void aFaultThatHitsEverythingIsWaitedOutAndSaidInPlainWords() throws Exception {
        refuse("true", "42501", "permission denied for table message");
        Worker worker;
        try {
            for (int n = 0; n < 3; n++) {
                twotick.receiveText(n, "fine");
            }
            worker = twotick.worker();
            await().until(() -> waitingSeconds(worker) > 8); // a dozen tries
            assertThat(get(worker, "/health"))
                    .contains("\"waiting_for\":\"42501 permission denied for table message\"", "\"waiting_s\":");
            assertThat(twotick.number("select count(*) from payload_outcome")).isZero();
        } finally {
            refuseNoMore();
        }
        twotick.settle();
        assertThat(twotick.number("select count(*) from message")).isEqualTo(3);
        assertThat(twotick.number("select count(*) from payload_failure")).isZero();
        await().until(() -> !get(worker, "/health").contains("waiting_for"));
        assertThat(waitingSeconds(worker)).isZero();
    }

    @Test
    void oneThatIsRefusedAgainAndAgainDoesNotStandBeforeOthers() throws Exception {
        refuse("new.body = 'refused'", "0A000", "not supported");
        twotick.environment.put("TWOTICK_CONSUMERS", "1");
        try {
            twotick.receiveText(0, "refused");
            Worker worker = twotick.worker();
            await().until(() -> waitingSeconds(worker) > 0);
            for (int n = 1; n <= 3; n++) {
                twotick.receiveText(n, "fine");
            }
            twotick.settle();
            assertThat(twotick.number("select count(*) from message")).isEqualTo(3);
            assertThat(twotick.number("select count(*) from payload_failure where retries = 0"))
                    .isEqualTo(1);
        } finally {
            twotick.environment.remove("TWOTICK_CONSUMERS");
            refuseNoMore();
        }
    }

    private static double waitingSeconds(Worker worker) throws Exception {
        return get(worker, "/metrics")
                .lines()
                .filter(line -> line.startsWith("twotick_worker_waiting_seconds"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    private static String get(Worker worker, String path) throws Exception {
        try (InputStream answer =
                URI.create("http://127.0.0.1:" + worker.port() + path).toURL().openStream()) {
            return new String(answer.readAllBytes(), UTF_8);
        }
    }
}
