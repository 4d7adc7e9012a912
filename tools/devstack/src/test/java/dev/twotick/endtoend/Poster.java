package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/// One of Meta's connections, spoken byte by byte, so that it is known what a failure means: whether the connection was
/// refused, was closed while it stood idle, or broke under a request. Keeps its connection as long as the server does.
final class Poster implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private @Nullable Socket socket;
    private @Nullable InputStream in;
    private int connectedTo;

    /// Nothing was sent.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
    }

    /// @return the status
    /// @throws Refused     when nobody listens, and nothing was sent
    /// @throws IOException when the request was cut off
    int post(int port, byte[] body) throws Refused, IOException {
        if (socket == null || connectedTo != port || wasClosed()) {
            connect(port);
        }
        try {
            send(body);
            return status();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// The server ended an idle connection: its FIN is here, or comes within a moment.
    private boolean wasClosed() {
        try {
            socket.setSoTimeout(1);
            in.read(); // its end; nobody has asked for anything else
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void connect(int port) throws Refused, IOException {
        close();
        Socket fresh = new Socket();
        try {
            fresh.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
        } catch (ConnectException e) {
            throw (Refused) new Refused().initCause(e);
        }
        fresh.setTcpNoDelay(true);
        socket = fresh;
        in = new BufferedInputStream(fresh.getInputStream());
        connectedTo = port;
    }

    private void send(byte[] body) throws IOException {
        String head = "POST /webhook HTTP/1.1\r\nHost: twotick\r\nContent-Type: application/json\r\n"
                + "X-Hub-Signature-256: sha256=" + Installation.hmac(body) + "\r\nContent-Length: " + body.length
                + "\r\n\r\n";
        var request = new ByteArrayOutputStream(head.length() + body.length);
        request.write(head.getBytes(UTF_8));
        request.write(body);
        socket.setSoTimeout(PATIENCE_MS);
        socket.getOutputStream().write(request.toByteArray());
    }

    private int status() throws IOException {
        int status = Integer.parseInt(line().split(" ", -1)[1]);
        int length = 0;
        boolean last = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(java.util.Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            }
            last |= lower.startsWith("connection:") && lower.contains("close");
        }
        in.readNBytes(length);
        if (last) {
            close();
        }
        return status;
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed under a request");
            }
            line.write(next);
        }
        return line.toString(ISO_8859_1).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
