package dev.twotick.worker.consume;

import dev.twotick.model.process.Backoff;
import dev.twotick.model.process.Loop;
import dev.twotick.model.trace.TraceId;
import dev.twotick.queue.ConsumerGroup;
import dev.twotick.queue.ConsumerGroup.Delivered;
import dev.twotick.queue.ConsumerGroup.Done;
import dev.twotick.queue.ConsumerGroup.TakenOver;
import dev.twotick.queue.Hint;
import dev.twotick.queue.Partition;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.consume.DeathCount.Deaths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;

/// One consumer of the group: reads a batch, waits until the processor has committed its outcomes, acknowledges, again.
/// Now and then it takes over what dead consumers left. Exceptions end up in [#take] and nowhere else.
///
/// [#stop] lets the batch in work finish; what was read behind it goes back for others to take.
final class StreamConsumer implements Loop.Turn {
    private static final Logger log = LoggerFactory.getLogger(StreamConsumer.class);

    private final String name;
    private final ConsumeSettings settings;
    private final Partition partition;
    private final ConsumerGroup group;
    private final Batches batches;
    private final BatchSize batchSize;
    private final PayloadProcessor processor;
    private final ConsumerMetrics metrics;
    private final Backoff pause;
    private final ReadWriteLock room;
    private final long began = System.nanoTime();
    private final Set<String> inHand = ConcurrentHashMap.newKeySet();
    private volatile @Nullable DeathCount suspect;
    private volatile boolean stopping;
    private volatile boolean reads = true;
    private long nextSearch = System.nanoTime();
    private Done done = Done.NOTHING;

    /// @param partition a connection to it for this consumer alone; closed by it
    /// @param room  the process's: many work on batches in it at a time, or one on a suspect
    StreamConsumer(
            String name,
            ConsumeSettings settings,
            Partition partition,
            PayloadProcessor processor,
            ReadWriteLock room,
            ConsumerMetrics metrics) {
        this.name = name;
        this.settings = settings;
        this.partition = partition;
        this.group = new ConsumerGroup(partition);
        this.batches = new Batches(settings.maxPayloads(), settings.maxBytes());
        this.batchSize = new BatchSize(settings.maxPayloads());
        this.processor = processor;
        this.room = room;
        this.metrics = metrics;
        this.pause = new Backoff(settings.leastPause(), settings.mostPause());
    }

    /// Says that this consumer lives and works on what it was given. Never beside the return of the same entries.
    ///
    /// @param beat on another connection than this consumer's own, which it may be waiting on
    synchronized void keepInHand(ConsumerGroup beat) {
        beat.keep(name, List.copyOf(inHand));
    }

    void stop() {
        stopping = true;
    }

    /// Whether its last read brought an answer.
    boolean reads() {
        return reads;
    }

    /// For the thread that ends the process, when this one does not end: a statement that never returns, perhaps. What
    /// is in hand goes to others, and nobody has died of it.
    void abandon() {
        DeathCount counting = suspect;
        if (counting != null) {
            counting.takeBack();
        }
        giveBack();
    }

    /// All of it is one turn, since what follows a fault depends on it.
    @Override
    public boolean take() {
        try {
            while (!stopping) {
                try {
                    takeOverWhenDue();
                    handle(read());
                    pause.over();
                } catch (JedisException e) {
                    reads = false;
                    metrics.fault();
                    log.warn("stream=fault consumer={} reason=\"{}\"", name, e.getMessage());
                    partition.resolveAnew(); // after a failover they may lead to the wrong server
                    pause.pause();
                    searchAfter(settings.heartbeat().multipliedBy(2)); // the living say so first
                } catch (RuntimeException e) {
                    metrics.fault();
                    log.error(
                            "consumer={} state=fault: entries in hand come again after {}",
                            name,
                            settings.takeOver(),
                            e);
                    pause.pause();
                } finally {
                    giveBack();
                }
            }
            acknowledge();
        } catch (InterruptedException e) {
            log.info("consumer={} state=interrupted", name);
        } finally {
            leave();
        }
        return false;
    }

    /// Says in the same breath what is done.
    private List<Delivered> read() {
        List<Delivered> read = group.read(done, name, batchSize.next(), settings.block());
        reads = true;
        acknowledged();
        return read;
    }

    private void takeOverWhenDue() throws InterruptedException {
        if (System.nanoTime() - nextSearch < 0) {
            return;
        }
        acknowledge();
        StreamEntryID from = ConsumerGroup.START;
        while (from != null && !stopping) {
            TakenOver taken = group.takeOver(name, settings.takeOver(), from, settings.maxPayloads());
            group.acknowledge(Done.of(taken.ghosts()));
            metrics.takenOver(taken.entries().size(), taken.ghosts().size());
            handle(taken.entries());
            acknowledge();
            from = taken.next();
        }
        searchAfter(settings.searchEvery());
    }

    /// Not all consumers at the same moment.
    private void searchAfter(Duration about) {
        nextSearch = System.nanoTime() + (long) (about.toNanos() * (0.5 + Math.random()));
    }

    private void handle(List<Delivered> delivered) throws InterruptedException {
        delivered.forEach(entry -> inHand.add(entry.id()));
        List<StreamEntry> entries = new ArrayList<>();
        List<String> foreign = new ArrayList<>();
        for (Delivered entry : delivered) {
            parse(entry).ifPresentOrElse(entries::add, () -> foreign.add(entry.id()));
        }
        isDone(Done.of(foreign));
        metrics.read(entries.size(), foreign.size());
        for (List<StreamEntry> batch : batches.of(entries)) {
            if (stopping) {
                return;
            }
            acknowledge();
            try {
                process(batch);
            } catch (SetAside e) {
                setAside(batch, String.valueOf(e.getMessage()));
            }
        }
    }

    private void process(List<StreamEntry> batch) throws InterruptedException {
        if (batch.getFirst().mustBeAlone()) {
            trySuspect(batch.getFirst());
        } else {
            processTogether(batch);
        }
    }

    /// It comes again, here or elsewhere, when nobody has kept it for a while.
    private void setAside(List<StreamEntry> entries, String reason) {
        for (StreamEntry entry : entries) {
            inHand.remove(entry.id());
            log.atInfo()
                    .addKeyValue(TraceId.KEY, new TraceId(entry.payload().id().value()).hex())
                    .log(
                            "entry={} payload={} state=set-aside reason=\"{}\"",
                            entry.id(),
                            entry.payload().id(),
                            reason);
        }
    }

    private void processTogether(List<StreamEntry> batch) throws InterruptedException {
        Hint hint;
        room.readLock().lockInterruptibly();
        try {
            metrics.batch(batch.size());
            long begin = System.nanoTime();
            hint = processor.process(batch, Attempts.UNCOUNTED);
            batchSize.took(batch.size(), Duration.ofNanos(System.nanoTime() - begin));
        } finally {
            room.readLock().unlock();
        }
        isDone(new Done(batch.stream().map(StreamEntry::id).toList(), List.of(), hint));
    }

    /// A death says nothing of an entry where all die together, or a worker again and again. So an entry over which
    /// one has died waits, and is then tried by a worker that has lived for as long without it.
    private void trySuspect(StreamEntry delivered) throws InterruptedException {
        DeathCount count = new DeathCount(partition, delivered);
        Deaths deaths = count.deaths();
        StreamEntry entry = delivered.afterDeaths(deaths.number());
        boolean waits = deaths.number() > 0 && !entry.isPoison();
        if (waits && (isShorterThanSound(deaths.lastAgo()) || isShorterThanSound(lived()))) {
            setAside(List.of(entry), "a worker died over it " + deaths.lastAgo().toSeconds() + " s ago");
            return;
        }
        log.atWarn()
                .addKeyValue(TraceId.KEY, new TraceId(entry.payload().id().value()).hex())
                .log(
                        "entry={} payload={} state=alone deliveries={} died_alone={}",
                        entry.id(),
                        entry.payload().id(),
                        entry.deliveries(),
                        entry.diedAlone());
        Hint hint;
        room.writeLock().lockInterruptibly();
        try {
            hint = processAlone(entry, count);
        } finally {
            room.writeLock().unlock();
        }
        isDone(new Done(List.of(entry.id()), List.of(count.key()), hint));
    }

    private Hint processAlone(StreamEntry entry, DeathCount count) throws InterruptedException {
        metrics.batch(1);
        suspect = count;
        try {
            return processor.process(List.of(entry), count);
        } catch (InterruptedException e) {
            count.takeBack(); // this is an end in good order
            throw e;
        } finally {
            suspect = null;
        }
    }

    private Duration lived() {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private boolean isShorterThanSound(Duration time) {
        return time.compareTo(settings.sound()) < 0;
    }

    /// An entry that is not ours can wait for nothing: our payloads are in the log, whatever comes of their entries.
    private Optional<StreamEntry> parse(Delivered entry) {
        try {
            return Optional.of(
                    new StreamEntry(entry.id(), QueuedPayload.fromFields(entry.fields()), entry.deliveries(), 0));
        } catch (IllegalArgumentException e) {
            log.warn(
                    "entry={} state=dropped reason=\"foreign shape: {}\"",
                    entry.id(),
                    e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /// The outcomes stand, or nothing is to come of it. The next read says so to Redis, or [#acknowledge] before
    /// anything else begins.
    private void isDone(Done entries) {
        entries.ids().forEach(inHand::remove);
        done = entries;
    }

    /// Tried until Redis answers. Should it never: the entries come again, to another consumer, who finds the outcomes.
    private void acknowledge() throws InterruptedException {
        while (!done.isEmpty()) {
            try {
                group.acknowledge(done);
                acknowledged();
            } catch (JedisException e) {
                metrics.fault();
                log.warn(
                        "stream=fault consumer={} unacknowledged={} reason=\"{}\"",
                        name,
                        done.ids().size(),
                        e.getMessage());
                partition.resolveAnew();
                pause.pause();
            }
        }
    }

    private void acknowledged() {
        metrics.acknowledged(done.ids().size());
        done = Done.NOTHING;
    }

    /// Entries that were read but not processed: when stopping others shall have them at once; after a fault they come
    /// again in their time.
    private synchronized void giveBack() {
        List<String> left = List.copyOf(inHand);
        inHand.clear();
        if (stopping || Thread.currentThread().isInterrupted()) {
            try {
                group.handBack(name, left);
            } catch (JedisException e) {
                log.warn(
                        "consumer={} state=stopping left={}: others take them in {}",
                        name,
                        left.size(),
                        settings.takeOver());
            }
        }
    }

    private void leave() {
        try (partition) {
            group.leave(name);
        } catch (JedisException e) {
            log.debug("consumer={} stays in the group until upkeep removes it: {}", name, e.getMessage());
        }
    }

    /// How long a stop takes at most while nothing is in work.
    static Duration idleStop(ConsumeSettings settings) {
        return settings.block().plusSeconds(1);
    }
}
