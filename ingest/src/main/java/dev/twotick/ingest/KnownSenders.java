package dev.twotick.ingest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The networks (/24, or /64 of IPv6) from which a signed post has come: Meta's, or that of the proxy before us. They
/// may keep their connections and have more of the room; a stranger is kept short. Whoever is not known yet is served
/// all the same. Forgotten at the end of the process, and when there are more than anybody needs.
final class KnownSenders {
    private static final int MOST = 4_096;

    private final Set<Long> networks = ConcurrentHashMap.newKeySet();

    void add(SocketAddress sender) {
        long network = network(sender);
        if (!networks.contains(network)) {
            if (networks.size() >= MOST) {
                networks.clear();
            }
            networks.add(network);
        }
    }

    boolean has(SocketAddress sender) {
        return networks.contains(network(sender));
    }

    private static long network(SocketAddress sender) {
        InetAddress address = sender instanceof InetSocketAddress inet ? inet.getAddress() : null;
        if (address == null) {
            return -1; // no network at all
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.capacity() == Integer.BYTES ? bytes.getInt() >>> 8 : bytes.getLong();
    }
}
