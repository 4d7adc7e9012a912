package dev.twotick.worker.deduplicate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.hash.Sha256;
import dev.twotick.queue.Hint;
import dev.twotick.queue.Partition;
import dev.twotick.worker.interpret.Fact;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/// Which facts were committed before, as far as Redis remembers. Key: the database's epoch and 16 bytes of SHA-256 of
/// the fact's key (which holds a wamid, and so a phone number: it never goes to Redis itself); value: the digest of the
/// item. A hit needs the same digest, so that a fact with new content is applied.
///
/// One round trip to ask, for which a batch waits; so a few facts are not asked for while nobody repeats any. What is
/// to be remembered goes along with the acknowledgement. Without Redis, or without an epoch, nothing has been seen.
public final class SeenEvents {
    private static final Logger log = LoggerFactory.getLogger(SeenEvents.class);
    private static final int HASH_BYTES = 16;

    /// Facts in one script: Redis serves nobody else meanwhile.
    private static final int AT_A_TIME = 1_000;

    /// Fewer cost the database little, should they be known.
    private static final int WORTH_ASKING = 64;

    /// Meta's retries come in numbers, and who has just started finds what others left: after either every batch asks.
    private static final Duration REPEATING = Duration.ofMinutes(1);

    private static final byte[] REMEMBER = """
            for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[1]) end
            return 1
            """.getBytes(US_ASCII);

    private final Partition partition;
    private final Supplier<String> epoch;
    private final Predicate<String> stands;
    private final byte[] timeToLive;
    private final SeenBudget budget;
    private final InstantSource clock;
    private volatile Instant repeated;
    private final RedisCircuitBreaker breaker;
    private final Counter hits;
    private final Counter misses;
    private final Counter faults;
    private final Counter overBudget;

    /// @param partition whose payloads these facts come with; with a timeout of half a second at most: a batch
    /// waits for it
    /// @param epoch  of the database, empty while in doubt
    /// @param stands asks the database whether that epoch is still its own
    public SeenEvents(
            SeenSettings settings,
            Partition partition,
            Supplier<String> epoch,
            Predicate<String> stands,
            InstantSource clock,
            MeterRegistry registry) {
        this.partition = partition;
        this.epoch = epoch;
        this.stands = stands;
        this.timeToLive = String.valueOf(settings.ttl().toSeconds()).getBytes(US_ASCII);
        this.budget = new SeenBudget(settings, partition, clock);
        this.clock = clock;
        this.repeated = clock.instant();
        this.breaker = new RedisCircuitBreaker(clock);
        this.hits = counter(registry, "hits", "facts that Redis remembers as applied");
        this.misses = counter(registry, "misses", "facts asked for that it does not");
        this.faults =
                counter(registry, "faults", "times that it could not be asked or told: the database decides alone");
        this.overBudget = counter(registry, "over.budget", "facts it was not told of: TWOTICK_SEEN_MAX_MB is used up");
    }

    /// What is remembered takes in Redis, about.
    public long bytes() {
        return budget.bytes();
    }

    private static Counter counter(MeterRegistry registry, String name, String says) {
        return Counter.builder("twotick.seen." + name).description(says).register(registry);
    }

    /// A hit hides its fact from the database; so the database is asked first whether it is still the one that has it.
    ///
    /// @return the indices of facts that were committed before; none when Redis does not answer, or is not asked
    public BitSet seen(List<Fact> facts) {
        BitSet seen = new BitSet(facts.size());
        String of = epoch.get();
        if (facts.isEmpty() || of.isEmpty() || breaker.isOpen() || areLikelyNews(facts)) {
            return seen;
        }
        try {
            List<byte[]> digests = partition
                    .redis()
                    .mget(facts.stream().map(fact -> key(of, fact)).toArray(byte[][]::new));
            for (int i = 0; i < facts.size(); i++) {
                Fact fact = facts.get(i);
                seen.set(i, !isUndated(fact) && Arrays.equals(digests.get(i), digest(fact)));
            }
            if (!seen.isEmpty() && !stands.test(of)) {
                seen.clear();
            }
            if (!seen.isEmpty()) {
                repeated();
            }
            hits.increment(seen.cardinality());
            misses.increment(facts.size() - seen.cardinality());
        } catch (RuntimeException e) { // whatever it is, foreign content too: a hint may not hold up what it is about
            seen.clear();
            fault(e);
        }
        return seen;
    }

    private boolean areLikelyNews(List<Fact> facts) {
        return facts.size() < WORTH_ASKING && clock.instant().isAfter(repeated.plus(REPEATING));
    }

    /// Call when the database finds a fact that was committed before: more of them may follow.
    public void repeated() {
        repeated = clock.instant();
    }

    /// Call after the commit, never before: a mark that outlives a rollback would lose a message.
    ///
    /// @param during [#epoch] from before the transaction; when it has changed since, nothing is remembered
    /// @return what Redis is to be told
    public Hint remember(List<Fact> facts, String during) {
        if (facts.isEmpty() || during.isEmpty() || !during.equals(epoch.get()) || breaker.isOpen()) {
            return Hint.NONE;
        }
        try {
            if (budget.isSpent(facts.size())) {
                overBudget.increment(facts.size());
                return Hint.NONE;
            }
        } catch (RuntimeException e) { // whatever it is, foreign content too: a hint may not hold up what it is about
            fault(e);
            return Hint.NONE;
        }
        return pipeline -> write(pipeline, facts, during);
    }

    /// A script, since each command of its own may be a sync of its own.
    private Runnable write(Pipeline pipeline, List<Fact> facts, String during) {
        List<Response<Object>> answers = new ArrayList<>();
        for (int from = 0; from < facts.size(); from += AT_A_TIME) {
            List<Fact> some = facts.subList(from, Math.min(facts.size(), from + AT_A_TIME));
            List<byte[]> keys = new ArrayList<>();
            List<byte[]> arguments = new ArrayList<>(List.of(timeToLive));
            for (Fact fact : some) {
                keys.add(key(during, fact));
                arguments.add(digest(fact));
            }
            answers.add(pipeline.eval(REMEMBER, keys, arguments));
        }
        budget.spend(pipeline, facts.size());
        return () -> answers.forEach(this::judge);
    }

    private void judge(Response<Object> answer) {
        try {
            answer.get();
        } catch (JedisDataException e) {
            fault(e);
        }
    }

    /// The epoch now, to be handed to [#remember] after the transaction.
    public String epoch() {
        return epoch.get();
    }

    private void fault(RuntimeException e) {
        breaker.open();
        faults.increment();
        log.warn("seen=unknown reason=\"{}\": the database decides alone", e.getMessage());
    }

    /// How far apart two of them are, the database weighs.
    private static boolean isUndated(Fact fact) {
        return fact instanceof Fact.Noticed notice && notice.isUndated();
    }

    /// Two copies are the same when the item is, and what the payload says of its person beside it. All that is hashed
    /// is text, so that every process finds the same.
    public static byte[] digest(Fact fact) {
        byte[] item = fact.item().digest();
        Object beside = switch (fact) {
            case Fact.MessageTold message -> message.peer();
            case Fact.FlowCompleted flow -> flow.person();
            case Fact.Noticed notice -> notice.effect();
            case Fact.StatusReported _ -> null; // names its person itself
        };
        return beside == null ? item : Arrays.copyOf(Sha256.of(HexFormat.of().formatHex(item) + beside), HASH_BYTES);
    }

    private byte[] key(String epoch, Fact fact) {
        byte[] prefix = partition.keys().seen(epoch).getBytes(UTF_8);
        byte[] hash = Sha256.of(fact.item().key());
        byte[] key = Arrays.copyOf(prefix, prefix.length + HASH_BYTES);
        System.arraycopy(hash, 0, key, prefix.length, HASH_BYTES);
        return key;
    }
}
