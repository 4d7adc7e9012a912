package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A real Redis, with the answers to some commands replaced: by those of a newer server, or of a managed one.
final class OtherRedis implements AutoCloseable {
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int port;
    /// Command name in capitals → the answer, as RESP.
    final Map<String, String> answers = new ConcurrentHashMap<>();

    OtherRedis(int port) throws IOException {
        this.port = port;
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket client = door.accept();
                    Thread.ofVirtual().start(() -> serve(client));
                }
            } catch (IOException closed) {
                // the test is over
            }
        });
    }

    String url() {
        return "redis://127.0.0.1:" + door.getLocalPort();
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            InputStream said = new BufferedInputStream(client.getInputStream());
            InputStream answered = new BufferedInputStream(server.getInputStream());
            while (true) {
                byte[] command = read(said);
                String name = new String(command, ISO_8859_1).split("\r\n", 4)[2].toUpperCase(java.util.Locale.ROOT);
                String replaced = answers.get(name);
                if (replaced == null) {
                    server.getOutputStream().write(command);
                }
                client.getOutputStream().write(replaced == null ? read(answered) : replaced.getBytes(ISO_8859_1));
            }
        } catch (IOException closed) {
            // by either side
        }
    }

    /// One value of RESP, with all that is in it.
    private static byte[] read(InputStream in) throws IOException {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        int open = 1;
        while (open > 0) {
            String line = line(in, value);
            open--;
            int count = line.length() > 1 && "*%~>$=!".indexOf(line.charAt(0)) >= 0
                    ? Integer.parseInt(line.substring(1))
                    : -1;
            if (count >= 0) {
                switch (line.charAt(0)) {
                    case '*', '~', '>' -> open += count;
                    case '%' -> open += 2 * count;
                    default -> value.write(in.readNBytes(count + 2));
                }
            }
        }
        return value.toByteArray();
    }

    private static String line(InputStream in, ByteArrayOutputStream value) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            value.write(c);
            line.append((char) c);
        }
        value.write('\n');
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
