package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/// A server of S3's protocol, in a process of its own, that checks the signature of every request: Versity's gateway,
/// on
/// a folder. `tools/bucket` builds it where there is a Go.
final class BucketServer implements AutoCloseable {
    static final String KEY = "twotick-media";
    static final String SECRET = "a-secret-that-no-log-may-show";
    private static final Path TOOLS =
            Path.of("../tools/bucket").toAbsolutePath().normalize();

    private final Process process;
    private final int port;
    private final Path objects;

    /// Leaves the test out, and says so, where it is not there; `-Dtwotick.languages=all` insists.
    BucketServer(Path folder) throws IOException {
        await("tools/bucket/install is still at work, or was killed: then remove .installing beside it")
                .atMost(Duration.ofMinutes(15)) // CI builds it while it tests what comes before
                .until(() -> !Files.exists(TOOLS.resolve(".installing")));
        Path gateway = TOOLS.resolve("bin/versitygw");
        if (!Files.exists(gateway)) {
            System.out.println("Tests leave out the bucket: tools/bucket/install builds a server for it, with a Go");
            if ("all".equals(System.getProperty("twotick.languages"))) {
                Assertions.fail("there is no " + gateway);
            }
        }
        assumeTrue(Files.exists(gateway), "no server of buckets is there");
        objects = Files.createDirectories(folder.resolve("objects"));
        Files.createDirectories(objects.resolve("files"));
        port = FreePort.any();
        ProcessBuilder start = new ProcessBuilder(
                gateway.toString(),
                "--quiet",
                "--port",
                "127.0.0.1:" + port,
                "posix",
                "--sidecar", // /tmp may be of a kind that keeps no attributes of files
                Files.createDirectories(folder.resolve("attributes")).toString(),
                objects.toString());
        start.environment().putAll(Map.of("ROOT_ACCESS_KEY_ID", KEY, "ROOT_SECRET_ACCESS_KEY", SECRET));
        Path log = folder.resolve("versitygw.log");
        process = start.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        await().until(() -> !process.isAlive() || FreePort.listens(port));
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// What the bucket `files` has, as the server keeps it.
    Path bucket() {
        return objects.resolve("files");
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
