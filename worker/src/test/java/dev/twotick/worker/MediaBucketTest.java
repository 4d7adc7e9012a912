package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Worker.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Media of messages in a bucket, of a server that checks signatures.
@WithStores
class MediaBucketTest {
    private final WorkerFixture twotick;
    private final StandInOfMeta meta = new StandInOfMeta();
    private final BucketServer server;
    private final Path secret;

    MediaBucketTest(Stores stores, @TempDir Path folder) throws IOException {
        server = new BucketServer(folder);
        twotick = new WorkerFixture(stores);
        secret = folder.resolve("secret");
    }

    @BeforeEach
    void begin() throws IOException {
        twotick.empty();
        twotick.db.execute("truncate tombstone"); // of another key, they would stop a worker
        meta.namedIn(twotick.environment);
        twotick.environment.put("TWOTICK_MEDIA_STORE", "s3://files/kept");
        twotick.environment.put("TWOTICK_BUCKET_ENDPOINT", server.url().toString());
        twotick.environment.put("TWOTICK_BUCKET_ACCESS_KEY", BucketServer.KEY);
        twotick.environment.put("TWOTICK_BUCKET_SECRET_KEY_FILE", secret.toString());
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        Files.writeString(secret, BucketServer.SECRET);
    }

    @AfterEach
    void close() {
        twotick.close();
        server.close();
        meta.close();
    }

    private Worker worker() throws InterruptedException {
        return twotick.worker(EnumSet.of(Role.CONSUME, Role.MEDIA));
    }

    private byte[] receive(String id, int size) {
        byte[] file = meta.has(id, size);
        twotick.receive(StandInOfMeta.image(id, file, Instant.now()));
        return file;
    }

    private List<Path> objects() throws IOException {
        try (Stream<Path> files = Files.walk(server.bucket())) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void whatAMessageBringsIsInTheBucketAndGoesWithItsMessage() throws Exception {
        byte[] large = receive("100", 3_000_000);
        receive("101", 0);
        worker();
        await().until(() -> twotick.number("select count(*) from media where state = 'fetched'") == 2);
        String name = twotick.text("select name from media where media_id = '100'");
        assertThat(twotick.text("select location from media where media_id = '100'"))
                .isEqualTo("s3://files/kept/" + name);
        assertThat(server.bucket().resolve("kept").resolve(name)).hasBinaryContent(large);
        assertThat(objects()).hasSize(2);

        assertThat(WorkerCommand.run(twotick.environment, "--forget", StandInOfMeta.sender("100"), "--yes"))
                .isZero();
        await().until(() -> twotick.number("select count(*) from media_removal") == 0);
        assertThat(objects()).hasSize(1);
    }

    @Test
    void aBucketThatRefusesIsNoFaultOfTheFile() throws Exception {
        Files.writeString(secret, "another");
        byte[] file = receive("200", 1_000);
        Worker refused = worker();
        await().until(() -> twotick.number("select count(*) from media where reason is not null") == 1);
        assertThat(twotick.text("select reason from media")).contains("HTTP 403 SignatureDoesNotMatch");
        assertThat(twotick.number("select tries from media")).isZero();
        assertThat(objects()).isEmpty();
        refused.close();
        Files.writeString(secret, BucketServer.SECRET);
        twotick.db.execute("update media set next_try_at = now()");
        worker();

        await().until(() -> twotick.number("select count(*) from media where state = 'fetched'") == 1);
        assertThat(server.bucket().resolve("kept").resolve(twotick.text("select name from media")))
                .hasBinaryContent(file);
    }
}
