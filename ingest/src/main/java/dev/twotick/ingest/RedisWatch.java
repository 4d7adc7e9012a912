package dev.twotick.ingest;

import dev.twotick.queue.NoMaster;
import dev.twotick.queue.Partition;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKind;
import dev.twotick.queue.Replicas;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Knows whether the Redis of one partition answers, and what its word is worth.
final class RedisWatch {
    private static final Logger log = LoggerFactory.getLogger(RedisWatch.class);

    private final RedisConnections connections;
    private final Partition partition;
    private volatile Seen seen = Seen.down("");
    private volatile boolean mayFailOver;

    /// @param durability of what all replicas have
    /// @param unfit what it is instead of a Redis for Twotick, and what to do; or empty
    record Seen(boolean answers, Durability durability, Replicas replicas, String unfit) {
        private static Seen down(String unfit) {
            return new Seen(false, Durability.UNKNOWN, Replicas.NONE, unfit);
        }

        /// What it writes is on its disk before it answers, and where else it is to be.
        boolean isDurable() {
            return durability != Durability.UNKNOWN && replicas.missing() == 0;
        }

        Seen orWorse(Seen other) {
            return new Seen(
                    answers && other.answers,
                    durability.compareTo(other.durability) > 0 ? durability : other.durability,
                    replicas.missing() >= other.replicas.missing() ? replicas : other.replicas,
                    unfit.isEmpty() ? other.unfit : unfit);
        }
    }

    RedisWatch(RedisConnections connections, Partition partition) {
        this.connections = connections;
        this.partition = partition;
        this.mayFailOver = partition.mayFailOver();
    }

    /// The partition that is home to something, or the next behind it of which that is true; home, if it is of
    /// none.
    static RedisWatch at(List<RedisWatch> all, int home, Predicate<Seen> wanted) {
        return IntStream.range(home, home + all.size())
                .mapToObj(n -> all.get(n % all.size()))
                .filter(one -> wanted.test(one.seen))
                .findFirst()
                .orElse(all.get(home));
    }

    Partition partition() {
        return partition;
    }

    Seen seen() {
        return seen;
    }

    /// Whether another Redis may become the master that lacks what this one has: somebody names the master, or
    /// a replica was seen.
    boolean mayFailOver() {
        return mayFailOver;
    }

    void failed(JedisException e) {
        see(Seen.down(""), problem(e));
        partition.resolveAnew();
    }

    /// @param whenItAnswers may throw what Jedis throws
    void probe(Runnable whenItAnswers) {
        try {
            String unfit = RedisKind.unfit(connections, partition.redis().info("server"))
                    .orElse("");
            see(unfit.isEmpty() ? ask() : Seen.down(unfit), unfit);
            if (unfit.isEmpty()) {
                tell(whenItAnswers);
            }
        } catch (JedisException e) {
            failed(e);
        }
    }

    /// What it does not take, being full or read-only, is no outage, and said the next time.
    private static void tell(Runnable words) {
        try {
            words.run();
        } catch (JedisDataException e) {
            log.debug("store=redis told=false problem=\"{}\"", problem(e));
        }
    }

    private Seen ask() {
        Durability durability;
        try {
            durability = Durability.ask(partition);
        } catch (JedisDataException e) {
            partition.resolveAnew();
            durability = Durability.ask(partition);
        }
        Replicas replicas = partition.replicas();
        if (replicas.known() > 0) {
            mayFailOver = true;
        }
        return new Seen(true, durability, replicas, "");
    }

    private synchronized void see(Seen now, String problem) {
        if (!now.answers && (seen.answers || !now.unfit.equals(seen.unfit))) {
            log.warn("store=redis answers=false problem=\"{}\" stream={}", problem, partition);
        } else if (now.answers && !now.equals(seen)) {
            log.info(
                    "store=redis answers=true durability={} replicas={} missing={} stream={}",
                    now.durability,
                    now.replicas.known(),
                    now.replicas.missing(),
                    partition);
        }
        seen = now;
    }

    /// What Redis answered names no data in its first word.
    private static String problem(JedisException e) {
        return e instanceof JedisDataException
                ? String.valueOf(e.getMessage()).split(" ", 2)[0]
                : e instanceof NoMaster
                        ? String.valueOf(e.getMessage())
                        : e.getClass().getSimpleName();
    }
}
