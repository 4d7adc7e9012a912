package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/// A client that says on the line whatever it is told to, as no HTTP library would.
final class RawClient implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})");
    private static final int PATIENCE_MS = 90_000;

    private final Socket socket;

    RawClient(int port) throws IOException {
        this(port, InetAddress.getLoopbackAddress());
    }

    /// From another network of this machine than the others.
    static RawClient stranger(int port) throws IOException {
        try {
            return new RawClient(port, InetAddress.ofLiteral("127.9.9.9"));
        } catch (BindException e) {
            return Assumptions.abort("loopback is one address here: " + e.getMessage());
        }
    }

    private RawClient(int port, InetAddress from) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port, from, 0));
    }

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MS);
    }

    /// The same connection; its handshake is made with the first thing said or heard.
    RawClient overTls() throws IOException {
        return new RawClient(CertificateFiles.CA
                .client()
                .getSocketFactory()
                .createSocket(socket, "localhost", socket.getPort(), true));
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

    /// The next answer's status; call it where no body comes with it.
    int hearStatus() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) next);
        }
        var status = STATUS.matcher(head);
        return status.find() ? Integer.parseInt(status.group(1)) : 0;
    }

    /// Everything until the server closes the connection, or has said nothing for a minute and a half.
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
