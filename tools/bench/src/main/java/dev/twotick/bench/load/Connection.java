package dev.twotick.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/// One of the client's connections: one request at a time.
final class Connection {
    private static final int STATUS_AT = "HTTP/1.1 ".length();

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocate(8_192);
    private ByteBuffer out = ByteBuffer.allocate(0);
    private int post = -1;
    private long since;

    private Connection(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    static Connection open(int port, Selector selector) throws IOException {
        return new Connection(
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)), selector);
    }

    /// @param number of the post that waits here for its answer
    /// @param since  what its time counts from
    void send(int number, long since, byte[] request) throws IOException {
        post = number;
        this.since = since;
        out = ByteBuffer.wrap(request);
        in.clear();
        write();
    }

    void write() throws IOException {
        channel.write(out);
        key.interestOps(out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /// @return the status; 0: the answer is not here whole
    int read() throws IOException {
        if (channel.read(in) < 0) {
            throw new EOFException();
        }
        int whole = Head.wholeLength(in);
        if (whole < 0 || in.position() < whole) {
            return 0;
        }
        return digit(0) * 100 + digit(1) * 10 + digit(2);
    }

    private int digit(int place) {
        return in.get(STATUS_AT + place) - '0';
    }

    boolean waits() {
        return post >= 0;
    }

    int post() {
        return post;
    }

    long since() {
        return since;
    }

    void answered() {
        post = -1;
    }

    void close() {
        key.cancel();
        try {
            channel.close();
        } catch (IOException gone) {
            return;
        }
    }
}
