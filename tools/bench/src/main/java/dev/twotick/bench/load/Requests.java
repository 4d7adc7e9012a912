package dev.twotick.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.twotick.devstack.Signature;

/// Requests as they go over the wire, head and signed body, made before anything is measured.
final class Requests {
    private final byte[][] all;

    private Requests(byte[][] all) {
        this.all = all;
    }

    static Requests of(Order order, String secret) {
        var traffic = new Traffic(order.shape());
        var all = new byte[order.requests()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = request(
                    traffic.payload(order.first() + (long) i * order.shape().updates()), secret);
        }
        return new Requests(all);
    }

    private static byte[] request(byte[] body, String secret) {
        var head = ("POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
                        + "Content-Type: application/json\r\n" + Signature.HEADER + ": " + Signature.of(body, secret)
                        + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(ISO_8859_1);
        var request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    int count() {
        return all.length;
    }

    byte[] get(int place) {
        return all[place];
    }
}
