package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A real server that is no Redis for Twotick: a node of a Cluster, or a Sentinel.
public final class UnfitRedis implements AutoCloseable {
    private final Path home;
    private final Process server;
    private final int port;

    private UnfitRedis(int port, String settings, List<String> options) {
        this.port = port;
        try {
            home = Files.createTempDirectory("twotick-unfit-redis");
            Path configuration = home.resolve("redis.conf");
            Files.writeString(configuration, """
                    bind 127.0.0.1
                    port %d
                    dir "%s"
                    %s
                    """.formatted(port, home, settings));
            List<String> command = new ArrayList<>(List.of(Binaries.redis().toString(), configuration.toString()));
            command.addAll(options);
            server = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("redis.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Answers.awaitRedis(url());
    }

    public static UnfitRedis clusterNode() {
        // it takes the port 10,000 above its own too (6.2 can be told no other), and does not start where that is taken
        return new UnfitRedis(FreePort.withAnotherAbove(10_000), "cluster-enabled yes", List.of());
    }

    public static UnfitRedis sentinel() {
        return new UnfitRedis(FreePort.any(), "", List.of("--sentinel"));
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        server.destroyForcibly().onExit().join();
        Folders.delete(home);
    }
}
