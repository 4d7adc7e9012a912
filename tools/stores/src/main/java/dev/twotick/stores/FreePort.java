package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Ports on 127.0.0.1 for servers that are told their port.
public final class FreePort {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private FreePort() {}

    /// `wanted` if it is not 0; else the one noted in `note` by the last start if it is free now; else any free one.
    static int choose(int wanted, Path note) {
        if (wanted != 0) {
            return wanted;
        }
        try {
            int last =
                    Files.exists(note) ? Integer.parseInt(Files.readString(note).strip()) : 0;
            return last != 0 && becomesFree(last) ? last : any();
        } catch (IOException | NumberFormatException e) {
            return any();
        }
    }

    static void note(int port, Path note) {
        try {
            Files.writeString(note, port + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + note, e);
        }
    }

    static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Whether a server takes connections there. Unlike a port that is tried out it is never taken for a moment, which
    /// would be in the way of the server that one waits for.
    public static boolean listens(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Waits for a port whose server has just ended: its last thread may hold the socket a moment longer than
    /// the process is seen.
    ///
    /// @return false when somebody keeps it
    static boolean becomesFree(int port) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isFree(port)) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(20_000_000);
        }
        return true;
    }

    /// From below the range that Linux and macOS give to clients: there, a connection of anybody's may sit on the port
    /// while its server is stopped for a moment.
    public static int any() {
        return withAnotherAbove(0);
    }

    /// One whose neighbour `above` it is free too, and below that range as well.
    ///
    /// @param above at most 15,000
    static int withAnotherAbove(int above) {
        for (int tries = 0; tries < 1_000; tries++) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000 - above);
            if (isFree(port) && (above == 0 || isFree(port + above))) {
                return port;
            }
        }
        throw new IllegalStateException("no free port between 15000 and 32000");
    }
}
