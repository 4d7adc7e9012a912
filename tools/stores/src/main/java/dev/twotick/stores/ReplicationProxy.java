package dev.twotick.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// The way to one server. Clients pass as if it were not there; what the server sends to its replicas comes late, or
/// not at all for a while. With the server's end what is still under way is lost, as it is with a machine.
final class ReplicationProxy implements AutoCloseable {
    private final ServerSocket door;
    private final int server;
    private final String word;
    private volatile Duration late = Duration.ZERO;
    private volatile boolean held;

    /// @param port   to listen on
    /// @param server the port of the server
    static ReplicationProxy ofRedis(int port, int server) throws IOException {
        return new ReplicationProxy(port, server, "PSYNC");
    }

    /// @param port   to listen on
    /// @param server the port of the server
    static ReplicationProxy ofPostgres(int port, int server) throws IOException {
        return new ReplicationProxy(port, server, "REPLICATION"); // in a standby's first message
    }

    /// @param word in upper case: what a replica alone says first
    private ReplicationProxy(int port, int server, String word) throws IOException {
        this.server = server;
        this.word = word;
        door = new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    void late(Duration time) {
        late = time;
    }

    /// Replicas hear nothing more, until [#goOn] or the server's end.
    void hold() {
        held = true;
    }

    void goOn() {
        held = false;
    }

    private record Chunk(byte[] bytes, long since) {}

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            // it is over
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket to = new Socket(InetAddress.getLoopbackAddress(), server)) {
            client.setTcpNoDelay(true);
            to.setTcpNoDelay(true);
            var replica = new AtomicBoolean();
            BlockingQueue<Chunk> back = new LinkedBlockingQueue<>();
            Thread.ofVirtual().start(() -> read(to, client, back));
            Thread.ofVirtual().start(() -> write(back, client, replica));
            pass(client.getInputStream(), to.getOutputStream(), replica);
        } catch (IOException ended) {
            // by either side
        }
    }

    private void pass(InputStream from, OutputStream to, AtomicBoolean replica) throws IOException {
        byte[] bytes = new byte[65_536];
        for (int read = from.read(bytes); read >= 0; read = from.read(bytes)) {
            if (read < 200
                    && new String(bytes, 0, read, StandardCharsets.US_ASCII)
                            .toUpperCase(Locale.ROOT)
                            .contains(word)) {
                replica.set(true);
            }
            to.write(bytes, 0, read);
        }
    }

    private static void read(Socket server, Socket client, BlockingQueue<Chunk> back) {
        byte[] bytes = new byte[65_536];
        try (server;
                client) {
            InputStream in = server.getInputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                back.add(new Chunk(Arrays.copyOf(bytes, read), System.nanoTime()));
            }
        } catch (IOException ended) {
            // by either side
        } finally {
            back.add(new Chunk(new byte[0], 0));
        }
    }

    private void write(BlockingQueue<Chunk> back, Socket client, AtomicBoolean replica) {
        try {
            OutputStream out = client.getOutputStream();
            for (var chunk = back.take(); chunk.bytes.length > 0; chunk = back.take()) {
                while (replica.get()
                        && !client.isClosed()
                        && (held || System.nanoTime() - chunk.since < late.toNanos())) {
                    LockSupport.parkNanos(1_000_000);
                }
                out.write(chunk.bytes);
            }
        } catch (IOException ended) {
            // by either side
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
