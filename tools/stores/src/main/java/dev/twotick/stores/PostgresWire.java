package dev.twotick.stores;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/// The way to a PostgreSQL, for tests: it counts how often somebody goes there and waits.
///
/// @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">PostgreSQL, messages</a>
public final class PostgresWire implements AutoCloseable {
    private final ServerSocket door;
    private final URI server;
    private final AtomicInteger trips = new AtomicInteger();
    private final AtomicInteger statements = new AtomicInteger();

    /// @param statements that ran, without those that begin and end a transaction
    public record Sent(int trips, int statements) {}

    /// @param jdbcUrl of the server
    public PostgresWire(String jdbcUrl) throws IOException {
        server = URI.create(jdbcUrl.substring("jdbc:".length()));
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /// As the server's, by this way.
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + door.getLocalPort() + server.getPath();
    }

    /// Since it was asked last. Whoever has been answered has been counted.
    public Sent sent() {
        return new Sent(trips.getAndSet(0), statements.getAndSet(0));
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket to = new Socket(server.getHost(), server.getPort());
                client.setTcpNoDelay(true);
                to.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> ask(client, to));
                Thread.ofVirtual().start(() -> answer(to, client));
            }
        } catch (IOException closed) {
            // it is over
        }
    }

    private static void ask(Socket client, Socket to) {
        try (client;
                to) {
            client.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException ended) {
            // by either side
        }
    }

    /// Each trip ends with `ReadyForQuery`, or `CopyInResponse`, for which a COPY waits; each statement with
    /// `CommandComplete`. The driver sends a transaction's BEGIN along with its first statement, as a message that
    /// has a `ReadyForQuery` of its own.
    private void answer(Socket from, Socket client) {
        try (from;
                client) {
            DataInputStream in = new DataInputStream(from.getInputStream());
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            while (true) {
                int type = in.readUnsignedByte();
                if (type == 'N') { // it has no TLS
                    out.write(type);
                    continue;
                }
                int length = in.readInt();
                byte[] said = in.readNBytes(length - Integer.BYTES);
                count(type, said);
                out.write(type);
                out.writeInt(length);
                out.write(said);
            }
        } catch (IOException ended) {
            // by either side
        }
    }

    private void count(int type, byte[] said) {
        switch (type) {
            case 'Z', 'G' -> trips.incrementAndGet();
            case 'C' -> {
                String tag = new String(said, StandardCharsets.US_ASCII);
                if (tag.startsWith("BEGIN")) {
                    trips.decrementAndGet();
                } else if (!tag.startsWith("COMMIT")) {
                    statements.incrementAndGet();
                }
            }
            default -> {}
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
