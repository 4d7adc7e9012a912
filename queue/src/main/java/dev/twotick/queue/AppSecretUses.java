package dev.twotick.queue;

import dev.twotick.model.settings.AppSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;

/// Which app secrets the ingests have, and when one of them last took a post by each: by fingerprints. What several say
/// is one, and it outlives them; a Redis that loses its data begins anew, which [One#since] shows.
public final class AppSecretUses {
    /// Between two words of one ingest.
    public static final Duration EVERY = Duration.ofMinutes(1);

    private static final Duration SILENT = EVERY.multipliedBy(3);
    private static final Duration KEPT = Duration.ofDays(90);

    /// A field for each secret: since when it is known, when an ingest last said that it has it, its last use; in
    /// milliseconds since 1970. The first two are of Redis' clock.
    private static final String SAY = """
            local now = redis.call('TIME')[1] * 1000
            for i = 2, #ARGV, 2 do
                local since, used = now, tonumber(ARGV[i + 1])
                local before = redis.call('HGET', KEYS[1], ARGV[i])
                if before then
                    local first, _, last = string.match(before, '(%d+) (%d+) (%d+)')
                    since, used = tonumber(first), math.max(used, tonumber(last))
                end
                redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f %.0f %.0f', since, now, used))
            end
            local all = redis.call('HGETALL', KEYS[1])
            for i = 1, #all, 2 do
                if tonumber(string.match(all[i + 1], ' (%d+) ')) < now - ARGV[1] then
                    redis.call('HDEL', KEYS[1], all[i])
                end
            end
            """;

    private static final String TOLD = """
            return {redis.call('TIME')[1] .. '000', redis.call('HGETALL', KEYS[1])}
            """;

    private final RedisClient redis;
    private final List<String> keys;

    public AppSecretUses(Partition first) {
        this.redis = first.redis();
        this.keys = List.of(first.keys().appSecrets());
    }

    /// @param since    when an ingest first said that it has it; what was before is not known
    /// @param listedAt when one said so last
    /// @param listed   whether that is as lately as it is said
    /// @param usedAt   of its last post, to a minute; null: none since it is known
    public record One(
            String app,
            String fingerprint,
            Instant since,
            Instant listedAt,
            boolean listed,
            @Nullable Instant usedAt) {}

    /// @param uses of all secrets that an ingest has; [Instant#EPOCH]: none that it knows of
    public void say(Map<AppSecret, Instant> uses) {
        var arguments = new ArrayList<String>();
        arguments.add(String.valueOf(KEPT.toMillis()));
        uses.forEach((secret, used) -> {
            arguments.add(secret.fingerprint() + " " + secret.app());
            arguments.add(String.valueOf(used.toEpochMilli()));
        });
        redis.eval(SAY, keys, arguments);
    }

    /// Those of one app together, the last listed first.
    public List<One> all() {
        List<?> told = (List<?>) redis.eval(TOLD, keys, List.of());
        var listedSince = instant((String) told.getFirst()).minus(SILENT);
        var fields = (List<?>) told.getLast();
        var all = new ArrayList<One>();
        for (int i = 0; i < fields.size(); i += 2) {
            all.add(one((String) fields.get(i), (String) fields.get(i + 1), listedSince));
        }
        all.sort(Comparator.comparing(One::app)
                .thenComparing(One::since, Comparator.reverseOrder())
                .thenComparing(One::fingerprint));
        return List.copyOf(all);
    }

    private static One one(String secret, String times, Instant listedSince) {
        String[] named = secret.split(" ", 2);
        String[] time = times.split(" ", 3);
        var listedAt = instant(time[1]);
        return new One(
                named[1],
                named[0],
                instant(time[0]),
                listedAt,
                listedAt.isAfter(listedSince),
                time[2].equals("0") ? null : instant(time[2]));
    }

    private static Instant instant(String milliseconds) {
        return Instant.ofEpochMilli(Long.parseLong(milliseconds));
    }
}
