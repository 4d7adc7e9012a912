package dev.twotick.worker.upkeep;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.StreamState;
import dev.twotick.worker.replay.LoggedEntries;
import dev.twotick.worker.replay.StreamFeed;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;

/// Pushes log rows that have no outcome and no entry in a stream: a push that failed, a Redis that was emptied.
/// It asks neither for ages nor for anyone's clock:
///
/// 1. take the rows that are visible now and have no outcome; wait until whoever logged them has pushed them or
///    has given up; then L is a stream's last id: their entries there, if there are any, lie at or before L
/// 2. wait until in no stream an entry at or before its L is left; what the group was made to skip goes to
///    whoever takes over
/// 3. those rows that still have no outcome have no entry: push them, through the window
/// 4. again
final class Requeue implements Job {
    private static final Logger log = LoggerFactory.getLogger(Requeue.class);

    private final LoggedEntries payloads;
    private final List<Watched> streams;
    private final StreamFeed feed;
    private final Times times;
    private final UnfinishedRows unfinished;

    Requeue(LoggedPayloads payloads, List<StreamState> streams, StreamFeed feed, InstantSource clock, Times times) {
        this.payloads = new LoggedEntries(payloads);
        this.streams = streams.stream().map(Watched::new).toList();
        this.feed = feed;
        this.times = times;
        this.unfinished = new UnfinishedRows(payloads, clock, times.looks());
    }

    /// @param push how long ingest may take from its commit to its push; after that it has given it up
    /// @param idle between two looks at the log when there was nothing to do
    record Times(Duration push, Duration idle, UnfinishedRows.Looks looks) {
        static Times standard() {
            return new Times(Duration.ofSeconds(10), Duration.ofSeconds(2), UnfinishedRows.Looks.standard());
        }
    }

    @Override
    public String name() {
        return "requeue";
    }

    /// Between two attempts to become the one that does it.
    @Override
    public Duration every() {
        return Duration.ofSeconds(3);
    }

    /// Until interrupted or the lock is lost.
    @Override
    public void run(HeldLock lock) throws InterruptedException, SQLException {
        unfinished.lookAtEverything();
        while (true) {
            lock.check();
            cycle(lock);
        }
    }

    private void cycle(HeldLock lock) throws InterruptedException, SQLException {
        List<UUID> rows = unfinished.take();
        Thread.sleep(rows.isEmpty() ? times.idle() : times.push());
        List<Watched> reached = reached();
        if (rows.isEmpty()) {
            return;
        }
        for (Watched stream : reached) {
            awaitWorked(stream, lock);
        }
        Remaining remaining = new Remaining(rows);
        feed.feed(remaining);
        if (remaining.pushed > 0) {
            log.info("job=requeue pushed={} of={}", remaining.pushed, rows.size());
        }
    }

    /// Streams that answer. What lies in another can go through one of these, and be done twice, which is
    /// harmless: so a server that does not come back holds up nothing.
    ///
    /// @throws JedisException when none answers
    private List<Watched> reached() {
        List<Watched> reached = new ArrayList<>();
        JedisException silent = null;
        for (Watched stream : streams) {
            try {
                stream.look();
                reached.add(stream);
            } catch (JedisException e) {
                log.debug("job=requeue unreached={} reason=\"{}\"", stream.state, e.getMessage());
                silent = e;
            }
        }
        if (reached.isEmpty() && silent != null) {
            throw silent;
        }
        return reached;
    }

    /// Several streams may have one that has not answered for as long as a push may take: it is given up.
    private void awaitWorked(Watched stream, HeldLock lock) throws InterruptedException, SQLException {
        long looked = System.nanoTime();
        long heard = looked;
        while (true) {
            try {
                if (!stream.state.holdsAnyUpTo(stream.last)) {
                    return;
                }
                if (System.nanoTime() - looked > times.push().toNanos()) {
                    stream.state.takeUpSkipped();
                    looked = System.nanoTime();
                }
                heard = System.nanoTime();
            } catch (JedisException e) {
                if (streams.size() == 1) {
                    throw e;
                }
                if (System.nanoTime() - heard > times.push().toNanos()) {
                    log.debug("job=requeue unreached={} reason=\"{}\"", stream.state, e.getMessage());
                    return;
                }
            }
            Thread.sleep(times.idle().dividedBy(8));
            lock.check();
        }
    }

    /// A stream, and what it was like.
    private final class Watched {
        private final StreamState state;
        private StreamEntryID last = StreamState.START;
        private boolean marked;

        Watched(StreamState state) {
            this.state = state;
        }

        private void look() {
            StreamEntryID now = state.lastId();
            boolean emptied = lostItsMark();
            if (emptied || now.compareTo(last) < 0) {
                log.warn("job=requeue state=stream-lost: the stream is not the one it was,"
                        + " looking through all of the log");
                unfinished.lookAtEverything();
            }
            last = now;
            state.takeUpSkipped();
        }

        /// Under traffic an emptied stream soon gives greater ids than before; so it is known by a mark that
        /// went with it. Where Redis takes none, for want of memory, none can be lost.
        private boolean lostItsMark() {
            boolean there = state.isMarked();
            boolean lost = marked && !there;
            marked = there || state.mark();
            return lost;
        }
    }

    /// Those rows of the list that still have no outcome when their turn comes.
    private final class Remaining implements StreamFeed.Source {
        private final List<UUID> rows;
        private int next;
        private int pushed;

        Remaining(List<UUID> rows) {
            this.rows = rows;
        }

        @Override
        public List<QueuedPayload> next(int atMost) {
            while (next < rows.size()) {
                int end = Math.min(rows.size(), next + atMost);
                var chunk = payloads.forStreamWithoutOutcome(rows.subList(next, end));
                next = end;
                pushed += chunk.size();
                if (!chunk.isEmpty()) {
                    return chunk;
                }
            }
            return List.of();
        }
    }
}
