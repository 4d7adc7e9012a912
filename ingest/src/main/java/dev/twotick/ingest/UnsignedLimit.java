package dev.twotick.ingest;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// How many requests that are not signed rightly are answered in full to one address (IPv6: one /64): a minute's worth
/// at once, then so many a minute. What is signed rightly is never asked for here, nor counted.
///
/// Each address falls on one of 65,536 places, by a hash that nobody outside can foresee. So whatever comes, it is half
/// a MiB, and nothing is ever forgotten to make room. Two addresses on one place share it; neither had a claim to more.
///
/// A place holds the time at which all that was let through would have come evenly spread (GCRA, as ATM has it).
final class UnsignedLimit {
    private static final int PLACES_BITS = 16;

    private final TrustedProxies proxies;
    private final LongSupplier nanoTime;
    private final long start;
    private final long spacing;
    private final AtomicLongArray places = new AtomicLongArray(1 << PLACES_BITS);
    private final long seed = ThreadLocalRandom.current().nextLong();

    /// @param perMinute 0: no limit
    UnsignedLimit(TrustedProxies proxies, int perMinute, LongSupplier nanoTime) {
        this.proxies = proxies;
        this.nanoTime = nanoTime;
        start = nanoTime.getAsLong();
        spacing = perMinute == 0 ? 0 : Duration.ofMinutes(1).toNanos() / perMinute;
    }

    /// Counts one.
    ///
    /// @return 0 when it is to be answered in full, else the seconds after which one would be
    long count(Request request) {
        return spacing == 0 ? 0 : count(proxies.client(request));
    }

    long count(Context ctx) {
        return count(ServletContextRequest.getServletContextRequest(ctx.req()));
    }

    long count(@Nullable InetAddress address) {
        int place = place(address);
        long now = nanoTime.getAsLong() - start;
        while (true) {
            long even = places.get(place);
            long next = Math.max(even, now) + spacing;
            long ahead = next - now - Duration.ofMinutes(1).toNanos();
            if (ahead > 0) {
                return Duration.ofNanos(ahead).toSeconds() + 1;
            }
            if (places.compareAndSet(place, even, next)) {
                return 0;
            }
        }
    }

    private int place(@Nullable InetAddress address) {
        if (address == null) {
            return 0;
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        long network = bytes.capacity() == Integer.BYTES ? bytes.getInt() : bytes.getLong();
        long mixed = mixed(mixed(network ^ seed) + seed);
        return (int) (mixed >>> (Long.SIZE - PLACES_BITS));
    }

    /// As `SplittableRandom` does.
    private static long mixed(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
