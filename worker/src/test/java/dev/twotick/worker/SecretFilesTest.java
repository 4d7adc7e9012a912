package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import dev.twotick.model.hash.HmacSha256;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.ClientKillParams;

/// Secrets of a worker that are replaced while it runs.
@WithStores
class SecretFilesTest {
    private static final String NEW_TOKEN = "another-token-of-a-program-of-the-environment";
    private static final String ROLE = "rotating";
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String NEXT_SECRET = "whsec_bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=";

    private final WorkerFixture twotick;
    private final Stores stores;

    @TempDir
    Path folder;

    SecretFilesTest(Stores stores) {
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

    /// Instead of the variable.
    private void putSetting(String name, String value) throws IOException {
        put(name, value);
        twotick.environment.remove(name);
        twotick.environment.put(name + "_FILE", folder.resolve(name).toString());
    }

    private void put(String name, String value) throws IOException {
        Path next = Files.writeString(folder.resolve("next"), value + "\n");
        Files.move(next, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static int status(Program program) throws Exception {
        return program.call("GET", "/endpoints", "").statusCode();
    }

    @Test
    void theApisTokenIsAnotherOnceTheFileSaysSo() throws Exception {
        putSetting("TWOTICK_API_TOKEN", Program.TOKEN);
        Worker worker = twotick.worker(Set.of(Worker.Role.CONSOLE));
        try (Program before = new Program(worker.consolePort());
                Program after = new Program(worker.consolePort(), NEW_TOKEN)) {
            assertThat(status(before)).isEqualTo(200);
            assertThat(status(after)).isEqualTo(401);
            put("TWOTICK_API_TOKEN", NEW_TOKEN);
            await().until(() -> status(after) == 200);
            assertThat(status(before)).isEqualTo(401);
        }
    }

    @Test
    void newSessionsAndConnectionsAreOpenedWithTheNewPasswords() throws Exception {
        twotick.db.execute("create role " + ROLE + " login superuser password 'old'");
        try (Jedis admin = new Jedis(URI.create(stores.redisUrl()))) {
            admin.aclSetUser(ROLE, "reset", "on", ">old", "~*", "&*", "+@all");
            twotick.environment.put("TWOTICK_DATABASE_USER", ROLE);
            twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
            putSetting("TWOTICK_DATABASE_PASSWORD", "old");
            putSetting("TWOTICK_REDIS_URL", redisUrl("old"));
            Worker worker = twotick.worker(Set.of(Worker.Role.CONSOLE));
            try (Program program = new Program(worker.consolePort())) {
                assertThat(status(program)).isEqualTo(200);
                assertThat(health(worker)).isEqualTo(200);

                twotick.db.execute("alter role " + ROLE + " password 'new'");
                admin.aclSetUser(ROLE, "resetpass", ">new");
                twotick.db.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + ROLE + "'");
                admin.clientKill(ClientKillParams.clientKillParams().user(ROLE));
                await().until(() -> health(worker) == 503);

                put("TWOTICK_DATABASE_PASSWORD", "new");
                put("TWOTICK_REDIS_URL", redisUrl("new"));
                await().until(() -> health(worker) == 200);
                await().until(() -> status(program) == 200);
            } finally {
                worker.close();
                admin.aclDelUser(ROLE);
            }
        } finally {
            twotick.db.execute("drop role " + ROLE);
        }
    }

    private String redisUrl(String password) {
        return stores.redisUrl().replace("redis://", "redis://" + ROLE + ":" + password + "@");
    }

    private static int health(Worker worker) throws Exception {
        return askHealth(worker).statusCode();
    }

    private static String healthText(Worker worker) throws Exception {
        return askHealth(worker).body();
    }

    private static HttpResponse<String> askHealth(Worker worker) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.port() + "/health"))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void whatIsHandedOnAsMetaSentItIsSignedWithTheSecretOfNow() throws Exception {
        twotick.db.execute("truncate hook_endpoint, hook_attempt");
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        putSetting("TWOTICK_APP_SECRETS", "app=one");
        try (Receiver bot = new Receiver()) {
            assertThat(Command.run(twotick.environment, "endpoint", "add", "bot", bot.url(), "--format", "meta")
                            .code())
                    .isZero();
            twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
            twotick.receiveText(1, "before");
            await().until(() -> !bot.calls.isEmpty());
            assertThat(isSignedWith("one", bot.calls.getFirst())).isTrue();

            put("TWOTICK_APP_SECRETS", "app=two,app=one");
            await().until(() -> {
                twotick.receiveText(2 + bot.calls.size(), "after");
                return bot.calls.stream().anyMatch(call -> isSignedWith("two", call));
            });
            assertThat(bot.calls).allMatch(call -> isSignedWith("one", call) || isSignedWith("two", call));
        }
    }

    @Test
    void hookCallsAreSignedWithTheSecretsOfNow() throws Exception {
        twotick.db.execute("truncate hook_endpoint, hook_attempt");
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        putSetting("TWOTICK_HOOK_SECRET", SECRET);
        try (Receiver app = new Receiver()) {
            twotick.environment.put("TWOTICK_HOOK_URL", app.url());
            Worker worker = twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
            lastCallIsSignedWith(app, SECRET);

            put("TWOTICK_HOOK_SECRET", NEXT_SECRET + "," + SECRET);
            lastCallIsSignedWith(app, NEXT_SECRET, SECRET);
            put("TWOTICK_HOOK_SECRET", NEXT_SECRET);
            lastCallIsSignedWith(app, NEXT_SECRET);

            put("TWOTICK_HOOK_SECRET", "no secret");
            await().until(() -> healthText(worker).contains("TWOTICK_HOOK_SECRET"));
            lastCallIsSignedWith(app, NEXT_SECRET);
            put("TWOTICK_HOOK_SECRET", SECRET); // and back, to what was said before
            lastCallIsSignedWith(app, SECRET);
        }
    }

    /// In the end, with these and no others.
    private void lastCallIsSignedWith(Receiver app, String... secrets) {
        await().until(() -> {
            int before = app.calls.size();
            twotick.receiveText(before, "hello");
            await().until(() -> app.calls.size() > before);
            Receiver.Call call = app.calls.getLast();
            return Stream.of(SECRET, NEXT_SECRET)
                    .allMatch(
                            secret -> verifies(secret, call) == List.of(secrets).contains(secret));
        });
    }

    private static boolean verifies(String secret, Receiver.Call call) {
        try {
            new Webhook(secret).verify(call.body(), HttpHeaders.of(Map.copyOf(call.headers()), (_, _) -> true));
            return true;
        } catch (WebhookVerificationException e) {
            return false;
        } catch (EmptyWebhookSecretException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isSignedWith(String secret, Receiver.Call call) {
        byte[] expected = new HmacSha256(secret.getBytes(UTF_8)).of(call.body());
        return ("sha256=" + HexFormat.of().formatHex(expected))
                .equals(call.headers().getFirst("X-Hub-Signature-256"));
    }
}
