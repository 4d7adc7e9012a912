package dev.twotick.ingest;

import dev.twotick.queue.Partition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// When each status but 200 was answered last, and why: the console's overview shows it to whoever sets up the webhook.
/// Many refusals a second are one word a second.
final class LastRefused {
    private static final Duration KEPT = Duration.ofDays(7);

    private final InstantSource clock;
    private final Map<Integer, Refusal> unsaid = new ConcurrentHashMap<>();

    private record Refusal(Instant at, String reason) {}

    LastRefused(InstantSource clock) {
        this.clock = clock;
    }

    /// @param reason of a fixed set of words
    void note(int status, String reason) {
        unsaid.put(status, new Refusal(clock.instant(), reason));
    }

    /// @throws redis.clients.jedis.exceptions.JedisException when Redis does not take it: it is said the next time
    void say(Partition first) {
        Map<Integer, Refusal> now = Map.copyOf(unsaid);
        if (!now.isEmpty()) {
            String key = first.keys().refused();
            first.redis()
                    .hset(
                            key,
                            now.entrySet().stream()
                                    .collect(Collectors.toMap(
                                            each -> String.valueOf(each.getKey()),
                                            each -> each.getValue().at().toEpochMilli() + " "
                                                    + each.getValue().reason())));
            first.redis().expire(key, KEPT.toSeconds());
            now.forEach(unsaid::remove); // what came meanwhile stays
        }
    }
}
