package dev.twotick.worker.consume;

import dev.twotick.model.process.Loop;
import dev.twotick.queue.Partition;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.RedisConnections;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumers of this process, a thread each, by turns for one of the streams each, and their heartbeats. So
/// every process reads every stream, and nobody owns one. Runs from [#start] to [#close].
public final class StreamConsumers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StreamConsumers.class);

    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(3);

    private final ConsumeSettings settings;
    private final Duration patience;
    private final Partitions redis;
    private final List<StreamConsumer> consumers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Thread> heartbeats = new ArrayList<>();

    /// @param settings with at least one consumer for each stream
    /// @param processor of what each stream brings
    /// @param patience how long [#close] waits for batches in work before it interrupts them
    public StreamConsumers(
            ConsumeSettings settings,
            RedisConnections connections,
            IntFunction<PayloadProcessor> processor,
            MeterRegistry registry,
            Duration patience) {
        this.settings = settings;
        this.patience = patience;
        this.redis = connections.open("twotick-heartbeat", 1, Duration.ofSeconds(3));
        ConsumerMetrics metrics = new ConsumerMetrics(registry);
        ReadWriteLock room = new ReentrantReadWriteLock(true); // fair: a suspect is not kept waiting for ever
        String process = processName();
        int partitions = connections.partitions();
        if (settings.consumers() < partitions) {
            throw new IllegalArgumentException("each of " + partitions + " streams needs a consumer");
        }
        List<PayloadProcessor> processors =
                IntStream.range(0, partitions).mapToObj(processor).toList();
        for (int n = 1; n <= settings.consumers(); n++) {
            int partition = (n - 1) % partitions;
            StreamConsumer consumer = new StreamConsumer(
                    process + "-" + n,
                    settings,
                    connections.openBlocking("twotick-consume-" + n, settings.block(), partition),
                    processors.get(partition),
                    room,
                    metrics);
            consumers.add(consumer);
            threads.add(Loop.thread("consume-" + n, consumer));
        }
        StreamGauges gauges = new StreamGauges(registry);
        for (int n = 0; n < partitions; n++) { // apart, so that a master that hangs costs no other stream a beat
            int partition = n;
            List<StreamConsumer> readers = IntStream.range(0, consumers.size())
                    .filter(consumer -> consumer % partitions == partition)
                    .mapToObj(consumers::get)
                    .toList();
            Partition beaten = redis.all().get(n);
            Thread heartbeat = Loop.thread(
                    "consume-heartbeat" + (n == 0 ? "" : "-" + n),
                    new Heartbeat(settings, beaten, readers, gauges.of(beaten))::beat);
            heartbeat.setDaemon(true);
            heartbeats.add(heartbeat);
        }
    }

    public void start() {
        threads.forEach(Thread::start);
        heartbeats.forEach(Thread::start);
    }

    /// Whether every consumer's last read brought an answer, if none is no answer yet.
    public boolean read() {
        return consumers.stream().allMatch(StreamConsumer::reads);
    }

    /// Reads no more; batches in work may finish, within the patience given; then they are interrupted. What is not
    /// acknowledged stays in the stream, for others. Ends within patience, [StreamConsumer#idleStop] and a few more
    /// seconds.
    @Override
    public void close() {
        consumers.forEach(StreamConsumer::stop);
        try {
            if (!ended(patience.plus(StreamConsumer.idleStop(settings)))) {
                log.warn("state=interrupted: batches did not finish within {}", patience);
                threads.forEach(Thread::interrupt);
                log.info("state=interrupted ended={}", ended(AFTER_INTERRUPT));
            }
            heartbeats.forEach(Thread::interrupt);
            for (Thread heartbeat : heartbeats) {
                if (heartbeat.isAlive() && !heartbeat.join(AFTER_INTERRUPT)) {
                    log.warn("thread={} state=stuck", heartbeat.getName());
                }
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            heartbeats.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
        for (int n = 0; n < threads.size(); n++) {
            if (threads.get(n).isAlive()) {
                log.warn("thread={} state=abandoned", threads.get(n).getName());
                consumers.get(n).abandon();
            }
        }
        redis.close();
    }

    /// @return whether all consumers have
    private boolean ended(Duration within) throws InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        boolean all = true;
        for (Thread thread : threads) {
            all &= !thread.isAlive() || thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
        return all;
    }

    /// One name for all workers would leave nobody to blame; the random part tells a restarted container from the one
    /// before it.
    private static String processName() {
        String random = Integer.toHexString(ThreadLocalRandom.current().nextInt(0x1000, 0x10000));
        return hostName() + "-" + ProcessHandle.current().pid() + "-" + random;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
