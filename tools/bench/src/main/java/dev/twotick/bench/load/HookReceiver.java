package dev.twotick.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/// A developer's endpoint that does nothing but look at the clock: 204 to every call.
final class HookReceiver {
    private static final byte[] ANSWER = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(ISO_8859_1);
    private static final String TYPE = "\"type\":\"";
    private static final String WAMID = "\"wamid\":\"";

    private final Selector selector;
    private final ServerSocketChannel server;
    private volatile Arrivals arrivals = new Arrivals(0, 0);
    private final AtomicLong calls = new AtomicLong();

    HookReceiver() throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        Thread.ofPlatform().name("hooks").daemon().start(this::run);
    }

    int port() {
        return server.socket().getLocalPort();
    }

    /// Notes from now on there what comes.
    void noteIn(Arrivals to) {
        arrivals = to;
    }

    /// All of them, since the start.
    long calls() {
        return calls.get();
    }

    private void run() {
        try {
            while (true) {
                selector.select(this::ready);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void ready(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
        } else {
            try {
                receive((SocketChannel) key.channel(), key);
            } catch (IOException gone) {
                close(key);
            }
        }
    }

    private void accept() {
        try {
            var channel = server.accept();
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(16_384));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void receive(SocketChannel channel, SelectionKey key) throws IOException {
        var in = (ByteBuffer) key.attachment();
        if (channel.read(in) < 0) {
            close(key);
            return;
        }
        int whole = Head.wholeLength(in);
        if (whole >= 0 && in.position() >= whole) {
            note(ISO_8859_1.decode(in.duplicate().flip().limit(whole)).toString());
            in.clear();
            channel.write(ByteBuffer.wrap(ANSWER)); // 27 bytes: they go whole
        } else if (!in.hasRemaining()) {
            key.attach(ByteBuffer.allocate(in.capacity() * 4).put(in.flip()));
        }
    }

    private void note(String call) {
        long now = System.nanoTime();
        calls.incrementAndGet();
        int body = call.indexOf("\r\n\r\n");
        long update = Traffic.updateOf(after(call, TYPE, body), after(call, WAMID, body));
        if (update >= 0) {
            arrivals.note(update, now);
        }
    }

    private static String after(String call, String name, int from) {
        int at = call.indexOf(name, from);
        return at < 0 ? "" : call.substring(at + name.length(), call.indexOf('"', at + name.length()));
    }

    private static void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException gone) {
            return;
        }
    }
}
