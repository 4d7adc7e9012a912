package dev.twotick.ingest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;

/// A network between a client and a server that can stop taking bytes, or become slow.
final class Line implements AutoCloseable {
    private final ServerSocket door = new ServerSocket();
    private volatile boolean held;
    private volatile boolean dripping;

    Line(int server) throws IOException {
        door.setReceiveBufferSize(4096);
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket near = door.accept();
                    Socket far = new Socket(InetAddress.getLoopbackAddress(), server);
                    Thread.ofVirtual().start(() -> carry(near, far, true));
                    Thread.ofVirtual().start(() -> carry(far, near, false));
                }
            } catch (IOException closed) {
                // the test is over
            }
        });
    }

    int port() {
        return door.getLocalPort();
    }

    /// Each connection takes some kilobytes more from the client, as if all was well, and then nothing.
    void hold() {
        held = true;
    }

    /// From now on byte by byte, five a second.
    void drip() {
        dripping = true;
    }

    private void carry(Socket from, Socket to, boolean mayHold) {
        byte[] bytes = new byte[4096];
        int sinceHeld = 0;
        try (from;
                to) {
            for (int read = from.getInputStream().read(bytes);
                    read >= 0;
                    read = from.getInputStream().read(bytes)) {
                sinceHeld += held ? read : 0;
                while (mayHold && sinceHeld > 2 * bytes.length && !door.isClosed()) {
                    LockSupport.parkNanos(10_000_000);
                }
                if (mayHold && dripping) {
                    for (int i = 0; i < read; i++) {
                        LockSupport.parkNanos(200_000_000);
                        to.getOutputStream().write(bytes, i, 1);
                    }
                } else {
                    to.getOutputStream().write(bytes, 0, read);
                }
            }
        } catch (IOException closed) {
            // by either side
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
