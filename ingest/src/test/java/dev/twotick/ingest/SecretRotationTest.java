package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.queue.AppSecretUses;
import dev.twotick.queue.Partition;
import dev.twotick.queue.RedisConnections;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets from files that are replaced while Meta posts.
@WithStores
class SecretRotationTest {
    private static final String OLD = "the old secret";
    private static final String NEW = "the new secret";

    @TempDir
    Path folder;

    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        put("secrets", "shop=" + OLD);
        put("token", "old token");
        running = Running.start(stores, settings());
    }

    private Map<String, String> settings() {
        return Map.of(
                "TWOTICK_APP_SECRETS",
                "",
                "TWOTICK_APP_SECRETS_FILE",
                folder.resolve("secrets").toString(),
                "TWOTICK_VERIFY_TOKEN",
                "",
                "TWOTICK_VERIFY_TOKEN_FILE",
                folder.resolve("token").toString(),
                "TWOTICK_UNSIGNED_PER_MINUTE",
                "0");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    private void put(String name, String content) throws IOException {
        Path next = Files.writeString(folder.resolve(name + ".next"), content + "\n");
        Files.move(next, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private int status(String secret) {
        return running.client(secret).post("{}").statusCode();
    }

    @Test
    void underLoadNothingThatIsRightlySignedIsRefusedAndTheOldSecretEnds() throws Exception {
        Traffic before = new Traffic(4, () -> running.client(OLD));
        before.awaitMore(100, 200);
        assertThat(status(NEW)).isEqualTo(401);

        put("secrets", "shop=" + NEW + ",shop=" + OLD);
        await().until(() -> status(NEW) == 200);
        Traffic after = new Traffic(4, () -> running.client(NEW)); // Meta changes over at its own time
        before.awaitMore(100, 200);
        after.awaitMore(100, 200);
        before.end();

        put("secrets", "shop=" + NEW);
        await().until(() -> status(OLD) == 401);
        after.awaitMore(100, 200);
        after.end();
        assertThat(status(OLD)).isEqualTo(401);

        assertThat(before.answered(503) + after.answered(503)).isZero();
        List<String> kept = running.bodies();
        assertThat(kept).containsAll(before.accepted).containsAll(after.accepted);
    }

    @Test
    void whenEachSecretWasUsedLastIsShown() throws Exception {
        put("secrets", "shop=" + NEW + ",shop=" + OLD);
        await().until(() -> status(NEW) == 200);
        await().until(() -> lastUse(NEW) > 0 && lastUse(OLD) == 0);

        status(OLD);
        await().until(() -> lastUse(OLD) > 0);
        double oldsLast = lastUse(OLD);
        await().until(() -> status(NEW) == 200 && lastUse(NEW) > oldsLast);
        assertThat(lastUse(OLD)).isEqualTo(oldsLast);

        put("secrets", "shop=" + NEW);
        await().until(() -> !running.metrics().contains(new AppSecret("shop", OLD).fingerprint()));
        await().until(() -> lastUse(NEW) > oldsLast); // it was not forgotten
        assertThat(running.metrics()).doesNotContain(OLD, NEW);
    }

    private static Partition partition(Stores stores) {
        return new RedisConnections(URI.create(stores.redisUrl())).openFirst("test", 2, Duration.ofSeconds(30));
    }

    @Test
    void everyIngestTellsTheConsoleAndItOutlivesThem(Stores stores) throws Exception {
        put("secrets", "shop=" + NEW + ",shop=" + OLD);
        try (Partition partition = partition(stores);
                Running other = Running.start(stores, settings())) {
            AppSecretUses uses = new AppSecretUses(partition);
            partition.redis().del("twotick:app-secrets");
            await().until(() ->
                    status(NEW) == 200 && other.client(OLD).post("{}").statusCode() == 200);
            await().until(() -> uses.all().size() == 2 && uses.all().stream().allMatch(one -> one.usedAt() != null));
            assertThat(uses.all()).allMatch(AppSecretUses.One::listed);
        }
        running.close();

        try (Partition partition = partition(stores)) {
            AppSecretUses uses = new AppSecretUses(partition);
            List<AppSecretUses.One> before = uses.all();
            running = Running.start(stores, settings()); // it knows of no use
            await().until(() ->
                    uses.all().getFirst().listedAt().isAfter(before.getFirst().listedAt()));
            assertThat(uses.all())
                    .usingRecursiveComparison()
                    .ignoringFields("listedAt")
                    .isEqualTo(before);
        }
    }

    @Test
    void manyPostsAreOneWordAMinute(Stores stores) throws Exception {
        running.close();
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T12:00:00Z"));
        running = Running.start(stores, settings(), now::get);
        try (Partition partition = partition(stores)) {
            AppSecretUses uses = new AppSecretUses(partition);
            partition.redis().del("twotick:app-secrets");
            status(OLD);
            await().until(() -> usedAt(uses).equals(now.get()));

            Instant first = now.get();
            now.set(first.plusSeconds(59));
            for (int round = 0; round < 2; round++) { // a word about something else, and then all of another look
                status(OLD);
                partition.redis().del("twotick:refused");
                assertThat(status("neither")).isEqualTo(401);
                await().until(() -> partition.redis().exists("twotick:refused"));
            }
            assertThat(usedAt(uses)).isEqualTo(first);

            now.set(first.plusSeconds(61));
            status(OLD);
            await().until(() -> usedAt(uses).equals(first.plusSeconds(61)));
        }
    }

    private static Instant usedAt(AppSecretUses uses) {
        return uses.all().stream()
                .map(AppSecretUses.One::usedAt)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(Instant.EPOCH);
    }

    /// @return -1: it is not in force
    private double lastUse(String secret) {
        Matcher line = Pattern.compile("twotick_ingest_secret_used_timestamp_seconds\\{app=\"shop\",secret=\""
                        + new AppSecret("shop", secret).fingerprint() + "\"} (\\S+)")
                .matcher(running.metrics());
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }

    @Test
    void aFileThatCannotBeTakenChangesNothingAndHealthSaysSo() throws Exception {
        put("secrets", "");
        await().until(() -> running.health().contains("TWOTICK_APP_SECRETS"));
        assertThat(running.metrics()).contains("twotick_settings_refused 1");
        assertThat(running.path("/health").get("").statusCode()).isEqualTo(200);
        assertThat(status(OLD)).isEqualTo(200);

        put("secrets", "shop=" + NEW);
        await().until(() -> status(NEW) == 200);
        await().until(() -> !running.health().contains("TWOTICK_APP_SECRETS"));
    }

    @Test
    void theVerifyTokenIsReplacedByWayOfBoth() throws Exception {
        assertThat(handshake("old token")).isEqualTo(200);
        assertThat(handshake("new token")).isEqualTo(403);
        put("token", "new token, old token");
        await().until(() -> handshake("new token") == 200);
        assertThat(handshake("old token")).isEqualTo(200);
        assertThat(handshake("new token, old token")).isEqualTo(403);
        put("token", "new token");
        await().until(() -> handshake("old token") == 403);
        assertThat(handshake("new token")).isEqualTo(200);
    }

    private int handshake(String token) {
        return running.meta
                .handshake(Map.of("hub.mode", "subscribe", "hub.challenge", "1", "hub.verify_token", token))
                .statusCode();
    }
}
