package dev.twotick.worker.media;

import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Loop;
import dev.twotick.worker.media.MediaRows.Claimed;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches media: some threads take one file after the other, one more finds what there is to fetch, and deletes what
/// has to go. Any number of workers may do so side by side, and whatever one of them had in hand when it died is
/// fetched by another once its lease has ended.
public final class MediaLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MediaLoop.class);

    /// What has not come two minutes before its end is tried again; what a killed worker had in hand, after it.
    private static final Duration LEASE = Duration.ofMinutes(10);

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofMinutes(10);
    private static final Duration LAST_WRITES = Duration.ofSeconds(3);

    private final DSLContext db;
    private final MediaStore store;
    private final MetaMedia meta;
    private final MediaRows rows;
    private final MediaFetch fetch;
    private final MediaFinder finder;
    private final MediaRemovals removals;
    private final MediaMetrics metrics;
    private final List<Thread> threads;
    private final CountDownLatch stop = new CountDownLatch(1);
    /// By [System#nanoTime]: Meta has asked for a pause, or the store has.
    private volatile long pausedUntil = System.nanoTime();
    private long sweepNext = System.nanoTime();

    /// Connections that it takes from its pool.
    public static int connections(MediaSettings settings) {
        return settings.concurrency() + 1;
    }

    /// @throws IllegalArgumentException when what it needs is not set, or the folder cannot be used
    public MediaLoop(DSLContext db, MediaSettings settings, InstantSource clock, MeterRegistry registry) {
        this.db = db;
        store = open(settings.required());
        meta = new MetaMedia(settings, clock);
        rows = new MediaRows(db, store.base());
        fetch = new MediaFetch(meta, store, () -> ThreadLocalRandom.current().nextLong());
        finder = new MediaFinder(db);
        removals = new MediaRemovals(db, store);
        metrics = new MediaMetrics(registry);
        threads = Stream.concat(
                        Stream.of(Loop.thread("media", this::keepHouse)),
                        IntStream.rangeClosed(1, settings.concurrency())
                                .mapToObj(n -> Loop.thread("media-" + n, this::fetchNext)))
                .toList();
    }

    private static MediaStore open(StoreSettings settings) {
        try {
            return switch (settings) {
                case StoreSettings.Folder(var path) -> new FolderStore(path);
                case StoreSettings.Bucket bucket -> new BucketStore(bucket);
            };
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot keep media: " + e.getMessage(), e);
        }
    }

    /// @throws IllegalArgumentException when the store cannot be used, or is another one than was used before
    public void begin() {
        try {
            store.begin(db);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot keep media: " + MediaFetch.describe(e), e);
        }
    }

    /// After [#begin].
    public void start() {
        threads.forEach(Thread::start);
    }

    private boolean keepHouse() throws InterruptedException {
        boolean more = false;
        try {
            metrics.look(db);
            more = finder.next();
            more |= removals.next();
            sweep();
        } catch (DataAccessException e) {
            log.warn("media=waiting problem=\"{}\"", DatabaseFault.words(e));
        }
        return !stopped(more ? Duration.ZERO : POLL);
    }

    private void sweep() {
        if (System.nanoTime() - sweepNext < 0) {
            return;
        }
        try {
            store.sweep();
        } catch (IOException e) {
            log.warn("media=unswept problem=\"{}\"", MediaFetch.describe(e));
        }
        sweepNext = System.nanoTime() + SWEEP.toNanos();
    }

    private boolean fetchNext() throws InterruptedException {
        if (stopped(Duration.ofNanos(Math.max(0, pausedUntil - System.nanoTime())))) {
            return false;
        }
        try {
            Optional<Claimed> claimed = rows.claim(LEASE);
            claimed.ifPresent(this::fetch);
            return !stopped(claimed.isPresent() ? Duration.ZERO : POLL);
        } catch (DataAccessException e) {
            return !stopped(POLL); // the other thread says so
        }
    }

    private boolean stopped(Duration within) throws InterruptedException {
        return stop.await(within.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void fetch(Claimed file) {
        MediaOutcome outcome = fetch.fetch(file);
        if (stop.getCount() == 0 && !(outcome instanceof MediaOutcome.Fetched)) {
            outcome = new MediaOutcome.Postponed("its worker was stopped", Duration.ZERO);
        }
        rows.record(file, outcome);
        metrics.ended(outcome);
        say(file, outcome);
        if (outcome instanceof MediaOutcome.Postponed(String _, Duration pause)) {
            pausedUntil = System.nanoTime() + pause.toNanos();
        }
    }

    private static void say(Claimed file, MediaOutcome outcome) {
        switch (outcome) {
            case MediaOutcome.Fetched(long size, byte[] _) ->
                log.info("media=fetched message={} bytes={} tries={}", file.key(), size, file.tries() + 1);
            case MediaOutcome.Again(String reason, Duration in) ->
                log.info("media=retry message={} in={} reason=\"{}\"", file.key(), in, reason);
            case MediaOutcome.Gone(String reason) ->
                log.warn("media=gone message={} reason=\"{}\"", file.key(), reason);
            case MediaOutcome.Failed(String reason) ->
                log.warn("media=failed message={} reason=\"{}\"", file.key(), reason);
            case MediaOutcome.Postponed(String reason, Duration pause) ->
                log.warn("media=paused message={} for={} reason=\"{}\"", file.key(), pause, reason);
        }
    }

    /// Cuts what is in flight, and gives it back.
    @Override
    public void close() {
        stop.countDown();
        meta.close();
        try {
            for (Thread thread : threads) {
                if (thread.isAlive() && !thread.join(LAST_WRITES)) {
                    log.warn("thread={} state=left: its file is another's once its lease has ended", thread.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        store.close();
    }
}
