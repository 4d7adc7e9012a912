package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A client that says on the line whatever it is told to, as no HTTP library would.
final class RawClient implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})");
    private static final int PATIENCE_MS = 30_000;

    private final Socket socket;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MS);
    }

    /// @param statuses of all answers, in their order
    /// @param closed   the server closed the connection
    record Heard(List<Integer> statuses, String text, boolean closed) {}

    /// @return false when the server has closed the connection meanwhile
    boolean say(String text) {
        return say(text.getBytes(ISO_8859_1));
    }

    boolean say(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Everything until the server closes the connection, or has said nothing for half a minute.
    Heard hear() {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        boolean closed = true;
        try {
            InputStream in = socket.getInputStream();
            byte[] chunk = new byte[8_192];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                heard.write(chunk, 0, n);
            }
        } catch (SocketTimeoutException e) {
            closed = false;
        } catch (IOException reset) {
            // closed with something of ours unread
        }
        String text = heard.toString(ISO_8859_1);
        List<Integer> statuses = new ArrayList<>();
        var status = STATUS.matcher(text);
        while (status.find()) {
            statuses.add(Integer.valueOf(status.group(1)));
        }
        return new Heard(statuses, text, closed);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
