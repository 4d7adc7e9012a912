package dev.twotick.worker.replay;

import static java.util.stream.Collectors.groupingBy;

import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Backoff;
import dev.twotick.queue.Partition;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.StreamState;
import dev.twotick.queue.StreamWrite;
import dev.twotick.worker.replay.PayloadOutcomes.Finished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Pushes logged payloads through a window: never more than [#WINDOW] of them wait in the streams at a time,
/// refilled as they finish, so that live traffic finds a short queue however much is fed. What finishes is
/// known by the outcome that each delivery asks for; an entry that Redis lost on the way is pushed again.
///
/// Outages of either store are waited out. One feed serves one thread.
public final class StreamFeed {
    public static final int WINDOW = 2_048;
    private static final int CHUNK = 256; // at most 8 MiB of bodies
    private static final long MOST_BYTES = 16 << 20; // of bodies, beyond which nothing is read before some finish
    private static final Duration LEAST_PAUSE = Duration.ofMillis(5);
    private static final Duration MOST_PAUSE = Duration.ofMillis(100);
    private static final Duration OUTAGE_PAUSE = Duration.ofMillis(500);

    /// So long a stream that did not take a chunk is not asked again, while another takes them.
    private static final Duration LEFT_OUT = Duration.ofSeconds(10);

    /// A consumer reads every second or so, and heartbeats while it works.
    private static final Duration DEAD_AFTER = Duration.ofSeconds(30);

    private final Partitions partitions;
    private final PayloadOutcomes outcomes;
    private final Duration patience;
    private final Map<UUID, Outstanding> outstanding = new LinkedHashMap<>();
    private final List<QueuedPayload> toPush = new ArrayList<>();
    private final Map<Partition, Long> leftOut = new HashMap<>(); // until then, by System.nanoTime
    private int turn;

    /// @param patience without anything finished: then the watcher hears why, and lost entries are looked for
    public StreamFeed(DSLContext db, Partitions partitions, Duration patience) {
        this.partitions = partitions;
        this.outcomes = new PayloadOutcomes(db);
        this.patience = patience;
    }

    /// Where the payloads come from.
    public interface Source {
        /// @return at most so many, each asking for an outcome; none: there are no more
        List<QueuedPayload> next(int atMost);
    }

    /// Hears how the feed goes on.
    interface Watcher {
        void pushing(List<QueuedPayload> payloads);

        void finished(List<Finished> payloads);

        /// Nothing finished for a while.
        void waiting(String why);
    }

    private record Outstanding(QueuedPayload payload, Partition partition, String entry) {}

    /// Pushes all that the source has; returns when each has its outcome.
    public void feed(Source source) throws InterruptedException {
        feed(source, Pace.unlimited(), new Silent());
    }

    void feed(Source source, Pace pace, Watcher watcher) throws InterruptedException {
        outstanding.clear();
        toPush.clear();
        boolean more = true;
        long heard = System.nanoTime();
        Backoff pause = new Backoff(LEAST_PAUSE, MOST_PAUSE);
        while (more || !toPush.isEmpty() || !outstanding.isEmpty()) {
            try {
                int room = heldBytes() > MOST_BYTES
                        ? 0
                        : pace.allowed(Math.min(CHUNK, WINDOW - outstanding.size() - toPush.size()));
                if (more && room > 0) {
                    List<QueuedPayload> next = source.next(room);
                    more = !next.isEmpty();
                    toPush.addAll(next);
                    pace.went(next.size());
                    watcher.pushing(next);
                }
                push();
                boolean full = room == 0 || !more;
                List<Finished> finished = full || outstanding.size() >= WINDOW / 2 ? collect() : List.of();
                if (!finished.isEmpty()) {
                    watcher.finished(finished);
                    heard = System.nanoTime();
                    pause.over();
                } else if (full) {
                    pause.pause();
                }
                if (System.nanoTime() - heard > patience.toNanos() && !outstanding.isEmpty()) {
                    heard = System.nanoTime();
                    pushLostAgain();
                    watcher.waiting(whyNothingMoves());
                }
            } catch (JedisException e) {
                if (partitions.all().size() == 1 || partitions.all().stream().allMatch(this::isLeftOut)) {
                    partitions.all().forEach(Partition::resolveAnew); // they may lead to the wrong server
                    waitOut("Redis does not answer: " + e.getMessage(), watcher);
                }
            } catch (DataAccessException e) {
                waitOut("PostgreSQL does not answer: " + DatabaseFault.words(e), watcher);
            }
        }
    }

    private long heldBytes() {
        return Stream.concat(outstanding.values().stream().map(Outstanding::payload), toPush.stream())
                .mapToLong(payload -> payload.body() == null ? 0 : payload.body().length)
                .sum();
    }

    /// For a person who waits.
    private String whyNothingMoves() {
        List<StreamState> streams =
                partitions.all().stream().map(StreamState::new).toList();
        long entries = streams.stream().mapToLong(StreamState::length).sum();
        return streams.stream().allMatch(stream -> stream.isRead(DEAD_AFTER))
                ? entries + " entries in the stream; its workers are busy or wait for the database"
                : "no worker reads the stream (" + entries + " entries wait): start one, or replay --in-process";
    }

    private static void waitOut(String why, Watcher watcher) throws InterruptedException {
        watcher.waiting(why);
        Thread.sleep(OUTAGE_PAUSE);
    }

    /// To each stream in turn; so what one does not take another does.
    private void push() {
        if (toPush.isEmpty()) {
            return;
        }
        Partition partition = next();
        List<StreamWrite> writes;
        try (Pipeline pipeline = partition.redis().pipelined()) {
            writes = toPush.stream()
                    .map(payload -> StreamWrite.of(pipeline, partition.keys().payloads(), payload))
                    .toList();
            pipeline.sync();
        } catch (JedisException e) {
            leaveOut(partition);
            throw e;
        }
        List<QueuedPayload> pushed = List.copyOf(toPush);
        toPush.clear();
        JedisDataException refused = null;
        for (int i = 0; i < pushed.size(); i++) {
            QueuedPayload payload = pushed.get(i);
            try {
                outstanding.put(
                        payload.attempt(),
                        new Outstanding(payload, partition, writes.get(i).entry()));
            } catch (JedisDataException e) { // this one is still to be pushed, its neighbours may be in
                toPush.add(payload);
                refused = e;
            }
        }
        if (refused != null) {
            leaveOut(partition);
            throw refused;
        }
        leftOut.remove(partition);
    }

    /// Whose turn it is. Where none takes anything, all have theirs.
    private Partition next() {
        List<Partition> all = partitions.all();
        int begin = turn;
        do {
            turn = (turn + 1) % all.size();
        } while (turn != begin && isLeftOut(all.get(turn)));
        return all.get(turn);
    }

    private boolean isLeftOut(Partition partition) {
        Long until = leftOut.get(partition);
        return until != null && System.nanoTime() < until;
    }

    private void leaveOut(Partition partition) {
        partition.resolveAnew();
        leftOut.put(partition, System.nanoTime() + LEFT_OUT.toNanos());
    }

    private List<Finished> collect() {
        List<Finished> finished = outcomes.of(
                outstanding.values().stream().map(Outstanding::payload).toList());
        finished.forEach(one -> outstanding.remove(one.attempt()));
        return finished;
    }

    /// An entry goes after its outcome is committed; so one that is gone while its outcome is still not there was lost.
    private void pushLostAgain() {
        List<QueuedPayload> gone =
                outstanding.values().stream().collect(groupingBy(Outstanding::partition)).entrySet().stream()
                        .flatMap(each -> gone(each.getKey(), each.getValue()))
                        .toList();
        Set<UUID> done = outcomes.of(gone).stream().map(Finished::attempt).collect(Collectors.toSet());
        for (QueuedPayload payload : gone) {
            if (!done.contains(payload.attempt())) {
                outstanding.remove(payload.attempt());
                toPush.add(payload);
            }
        }
    }

    /// What lies in a stream that does not answer can go through another.
    private Stream<QueuedPayload> gone(Partition partition, List<Outstanding> asked) {
        List<Boolean> there;
        try {
            there = new StreamState(partition)
                    .holds(asked.stream().map(Outstanding::entry).toList());
        } catch (JedisException e) {
            if (partitions.all().size() == 1) {
                throw e;
            }
            there = Collections.nCopies(asked.size(), false);
        }
        List<Boolean> found = there;
        return IntStream.range(0, asked.size())
                .filter(i -> !found.get(i))
                .mapToObj(i -> asked.get(i).payload());
    }

    private static final class Silent implements Watcher {
        @Override
        public void pushing(List<QueuedPayload> payloads) {}

        @Override
        public void finished(List<Finished> payloads) {}

        @Override
        public void waiting(String why) {}
    }
}
