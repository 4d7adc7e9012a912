package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import redis.clients.jedis.Jedis;

/// Two Redis servers of one test behind one address, as behind a name that follows the master. The address leads each
/// new connection to the first, and from [#lead] on to the second; connections that are open stay where they are.
public final class RedisFailover implements AutoCloseable {
    private final Path home;
    private final LocalRedis first;
    private final LocalRedis second;
    private final ServerSocket door;
    private volatile int port;

    private RedisFailover(Path home) throws IOException {
        this.home = home;
        first = LocalRedis.start(home.resolve("first"), 0);
        second = LocalRedis.start(home.resolve("second"), 0);
        port = first.port();
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    public static RedisFailover start() {
        try {
            var failover = new RedisFailover(Files.createTempDirectory("twotick-failover"));
            Thread.ofVirtual().start(failover::accept);
            return failover;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The address that follows the master.
    public String url() {
        return "redis://127.0.0.1:" + door.getLocalPort();
    }

    /// A connection of its own to the old master; the caller closes it.
    public Jedis old() {
        return new Jedis(URI.create(first.url()));
    }

    /// A connection of its own to the new master; the caller closes it.
    public Jedis promoted() {
        return new Jedis(URI.create(second.url()));
    }

    /// The old master lives on as a replica, and the address still leads to it.
    ///
    /// @param hears from the new master; else it answers with what it had
    public void demote(boolean hears) {
        try (var old = old()) {
            old.replicaof("127.0.0.1", hears ? second.port() : 1); // nothing listens on 1
        }
    }

    public void lead() {
        port = second.port();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                Thread.ofVirtual().start(() -> pass(client, server));
                Thread.ofVirtual().start(() -> pass(server, client));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException closed) {
            // by either side
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            first.kill();
            second.kill();
            Folders.delete(home);
        }
    }
}
