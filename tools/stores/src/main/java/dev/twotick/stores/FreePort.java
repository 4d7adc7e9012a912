package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/// Ports on 127.0.0.1 for servers that are told their port.
final class FreePort {
    private FreePort() {}

    /// `wanted` if it is not 0; else the one noted in `note` by the last start if it is free now; else any free one.
    static int choose(int wanted, Path note) {
        if (wanted != 0) {
            return wanted;
        }
        try {
            int last =
                    Files.exists(note) ? Integer.parseInt(Files.readString(note).strip()) : 0;
            return last != 0 && isFree(last) ? last : any();
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

    static int any() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
