package dev.twotick.worker.console;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Locale;

/// How often somebody may try a password: for one name ten times, then every half minute; from one address thirty
/// times, then every two seconds, since behind a proxy all come from its address. A one-time link is not throttled:
/// whoever is kept out by somebody who guesses has a way in.
final class SignInThrottle {
    private static final int REMEMBERED = 10_000;

    private final LoadingCache<String, Bucket> names = buckets(10, Duration.ofSeconds(30));
    private final LoadingCache<String, Bucket> addresses = buckets(30, Duration.ofSeconds(2));

    /// @return how long to wait before the next try; zero: it may be made now, and is counted
    Duration wait(String name, String address) {
        Duration forAddress = wait(addresses.get(address));
        return forAddress.isPositive() ? forAddress : wait(names.get(name.toLowerCase(Locale.ROOT)));
    }

    private static Duration wait(Bucket bucket) {
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? Duration.ZERO : Duration.ofNanos(probe.getNanosToWaitForRefill());
    }

    private static LoadingCache<String, Bucket> buckets(int tries, Duration oneMoreEvery) {
        return Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterAccess(oneMoreEvery.multipliedBy(tries))
                .build(_ -> Bucket.builder()
                        .addLimit(limit -> limit.capacity(tries).refillGreedy(1, oneMoreEvery))
                        .build());
    }
}
