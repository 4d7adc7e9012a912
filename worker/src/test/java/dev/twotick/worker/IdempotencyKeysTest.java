package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A write that is sent again under the key that it had.
@WithStores
class IdempotencyKeysTest {
    private static final String ENDPOINT = "{\"name\":\"crm\",\"url\":\"https://example.com/hooks\"}";

    private static WorkerFixture twotick;
    private static Worker worker;
    private static Program crm;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        worker = twotick.worker(EnumSet.of(Worker.Role.CONSOLE));
        crm = new Program(worker.consolePort());
    }

    @AfterAll
    static void close() {
        crm.close();
        twotick.close();
    }

    @BeforeEach
    void empty() {
        twotick.emptyLogAndHooks();
        twotick.db.execute("truncate api_request, audit_log");
    }

    private static HttpResponse<String> add(String key, String body) throws Exception {
        return crm.call("POST", "/endpoints", body, "Idempotency-Key", key);
    }

    @Test
    void theSameKeyGetsTheSameAnswerAndTheWriteIsDoneOnce() throws Exception {
        HttpResponse<String> first = add("one", ENDPOINT);
        HttpResponse<String> again = add("one", ENDPOINT);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        assertThat(again).returns(201, HttpResponse::statusCode).returns(first.body(), HttpResponse::body);
        assertThat(again.headers().map())
                .containsEntry("Location", first.headers().allValues("Location"))
                .containsEntry("Content-Type", first.headers().allValues("Content-Type"))
                .containsEntry("Idempotency-Replayed", List.of("true"));
        assertThat(twotick.number("select count(*) from hook_endpoint")).isEqualTo(1);
    }

    @Test
    void theSecretOfAnAnswerIsSealed() throws Exception {
        String secret = Program.json(add("one", ENDPOINT).body()).get("secret").asString();
        assertThat(twotick.text("select sealed || ' ' || position(convert_to('" + secret
                        + "', 'UTF8') in answer) || ' ' || position(convert_to('crm', 'UTF8') in answer)"
                        + " from api_request"))
                .isEqualTo("true 0 0");
    }

    @Test
    void aKeyStandsForOneRequest() throws Exception {
        add("one", ENDPOINT);
        Program.problem(add("one", ENDPOINT.replace("crm", "other")), 422);
        Program.problem(crm.call("POST", "/endpoints/crm/pause", ENDPOINT, "Idempotency-Key", "one"), 422);
        Program.problem(add("x".repeat(256), ENDPOINT), 400);
        assertThat(add("two", ENDPOINT.replace("crm", "other")).statusCode()).isEqualTo(201);
    }

    @Test
    void whatWasRefusedLeavesItsKeyFree() throws Exception {
        Program.problem(add("one", "{}"), 400);
        assertThat(add("one", ENDPOINT).statusCode()).isEqualTo(201);
        Program.problem(crm.call("POST", "/endpoints/nobody/pause", "", "Idempotency-Key", "two"), 404);
        assertThat(twotick.number("select count(*) from api_request")).isEqualTo(1);
    }

    @Test
    void ofManyAtOnceOneIsDoneAndTheOthersGetItsAnswerOrWait() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<HttpResponse<String>>> all = IntStream.range(0, 8)
                    .mapToObj(_ -> threads.submit(() -> add("one", ENDPOINT)))
                    .toList();
            for (Future<HttpResponse<String>> one : all) {
                assertThat(one.get().statusCode()).as(one.get().body()).isIn(201, 409);
            }
        }
        assertThat(add("one", ENDPOINT).statusCode()).isEqualTo(201);
        assertThat(twotick.number("select count(*) from audit_log"))
                .as("asked for")
                .isEqualTo(1);
    }

    @Test
    void whatIsBeingDoneIsToBeAskedForAgainAndWhatDiedIsDoneByTheNext() throws Exception {
        add("one", ENDPOINT);
        twotick.db.execute("update api_request set answer = null");
        HttpResponse<String> meanwhile = add("one", ENDPOINT);
        Program.problem(meanwhile, 409);
        assertThat(meanwhile.headers().firstValue("Retry-After")).hasValue("1");
        twotick.db.execute("update api_request set claimed_until = now() - interval '1 second'");
        twotick.db.execute("delete from hook_endpoint");
        assertThat(add("one", ENDPOINT).statusCode()).isEqualTo(201);
    }

    @Test
    void aDayLaterTheKeyIsForgotten() throws Exception {
        add("one", ENDPOINT);
        add("two", ENDPOINT.replace("crm", "other"));
        twotick.db.execute("update api_request set created_at = created_at - interval '25 hours'");
        twotick.db.execute("delete from hook_endpoint");
        assertThat(add("one", ENDPOINT.replace("crm", "third")).statusCode()).isEqualTo(201);
        twotick.worker(EnumSet.of(Worker.Role.CONSUME));
        await().until(() -> twotick.number("select count(*) from api_request") == 1);
    }

    @Test
    void theSameKeyOfAnotherTokenIsAnotherKey() throws Exception {
        String token = Command.run(twotick.environment, "token", "add", "other", "--scope", "write")
                .lastLine();
        try (Program other = new Program(worker.consolePort(), token)) {
            add("one", ENDPOINT);
            HttpResponse<String> others =
                    other.call("POST", "/endpoints", ENDPOINT.replace("crm", "theirs"), "Idempotency-Key", "one");
            assertThat(others.statusCode()).as(others.body()).isEqualTo(201);
            assertThat(Program.json(others.body()).get("name").asString()).isEqualTo("theirs");
        } finally {
            Command.run(twotick.environment, "token", "remove", "other");
        }
    }

    /// Of such an installation no answer holds a secret. One that another worker sealed it cannot read, and says so.
    @Test
    void withoutAnEncryptionKeyAnswersAreKeptAsTheyAre() throws Exception {
        add("sealed", ENDPOINT);
        Map<String, String> environment = new HashMap<>(twotick.environment);
        environment.remove("TWOTICK_ENCRYPTION_KEY");
        try (Worker keyless = new Worker(WorkerSettings.read(environment), EnumSet.of(Worker.Role.CONSOLE))) {
            keyless.start();
            try (Program program = new Program(keyless.consolePort())) {
                String label = "{\"name\":\"VIP\"}";
                HttpResponse<String> first = program.call("POST", "/labels", label, "Idempotency-Key", "label");
                HttpResponse<String> again = program.call("POST", "/labels", label, "Idempotency-Key", "label");
                assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
                assertThat(again).returns(201, HttpResponse::statusCode).returns(first.body(), HttpResponse::body);
                assertThat(twotick.number("select count(*) from api_request where not sealed"))
                        .isEqualTo(1);

                HttpResponse<String> sealed = program.call("POST", "/endpoints", ENDPOINT, "Idempotency-Key", "sealed");
                assertThat(sealed.statusCode()).isGreaterThanOrEqualTo(400);
                assertThat(sealed.body()).contains("TWOTICK_ENCRYPTION_KEY");
            }
        }
    }
}
