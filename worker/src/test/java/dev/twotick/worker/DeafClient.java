package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;

/// A listener at a console's `/ws` whose program has died, as its machine has not: it takes what comes and answers
/// nothing (RFC 6455).
final class DeafClient implements AutoCloseable {
    /// A frame's first two bytes: without a body.
    static final String PING = "\u0089\0";

    /// A frame's first byte.
    static final String CLOSE = "\u0088";

    private static final String OPEN = """
            GET /ws HTTP/1.1
            Host: 127.0.0.1
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13

            """;

    private final Socket socket;

    DeafClient(int port, String token) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Duration.ofMinutes(2).toMillis());
        write(OPEN.replace("\n", "\r\n").getBytes(ISO_8859_1));
        write(text("{\"type\":\"auth\",\"payload\":{\"token\":\"" + token + "\",\"types\":[\"contact:new\"]}}"));
    }

    /// A client's frame, masked with nothing.
    private static byte[] text(String text) {
        byte[] body = text.getBytes(ISO_8859_1);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(0x81);
        frame.write(0x80 | 126);
        frame.write(body.length >> 8);
        frame.write(body.length);
        frame.writeBytes(new byte[4]);
        frame.writeBytes(body);
        return frame.toByteArray();
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /// All that came until the other side ended the connection, a byte a character.
    String awaitEnd() throws IOException {
        ByteArrayOutputStream came = new ByteArrayOutputStream();
        byte[] some = new byte[1024];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                came.write(some, 0, n);
            }
        } catch (SocketException reset) {
            // that is an end, too
        }
        return came.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
