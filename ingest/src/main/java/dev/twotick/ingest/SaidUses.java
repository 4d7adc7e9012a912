package dev.twotick.ingest;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.queue.AppSecretUses;
import java.time.Instant;
import java.util.Map;

/// Tells the console which app secrets are here and when each was used last: a change of the list and the first use
/// after a pause at once, all else once a minute, however many posts come.
final class SaidUses {
    private final SignatureVerifier verifier;
    private final AppSecretUses uses;
    private Map<AppSecret, Instant> said = Map.of();
    private long saidAtNanos;

    SaidUses(SignatureVerifier verifier, AppSecretUses uses) {
        this.verifier = verifier;
        this.uses = uses;
    }

    /// Looks whether there is something to say; of one thread.
    ///
    /// @throws redis.clients.jedis.exceptions.JedisException when Redis does not take it: it is said the next time
    void say() {
        Map<AppSecret, Instant> now = verifier.lastUses();
        long nanos = System.nanoTime();
        if (nanos - saidAtNanos >= AppSecretUses.EVERY.toNanos() || isNews(now)) {
            uses.say(now);
            said = now;
            saidAtNanos = nanos;
        }
    }

    private boolean isNews(Map<AppSecret, Instant> now) {
        return !now.keySet().equals(said.keySet())
                || now.entrySet().stream()
                        .anyMatch(use -> use.getValue()
                                .isAfter(said.getOrDefault(use.getKey(), Instant.EPOCH)
                                        .plus(AppSecretUses.EVERY)));
    }
}
