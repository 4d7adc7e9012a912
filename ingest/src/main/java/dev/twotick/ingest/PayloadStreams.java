package dev.twotick.ingest;

import static java.util.stream.Collectors.groupingBy;

import dev.twotick.model.payload.SignedPayload;
import dev.twotick.queue.Partitions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A [PayloadStream] for each partition. A payload goes to its own, or, while that does not answer, to the next
/// one that does.
final class PayloadStreams implements AutoCloseable {
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Partitions partitions;
    private final List<RedisWatch> watches;
    private final List<PayloadStream> streams = new ArrayList<>(); // in the order of the watches

    /// @param maxEntries      in all streams
    /// @param maxBytes        of all, likewise
    /// @param maxWaitingBytes likewise
    PayloadStreams(
            Partitions partitions,
            List<RedisWatch> watches,
            long maxEntries,
            long maxBytes,
            long maxWaitingBytes,
            IngestMetrics metrics) {
        this.partitions = partitions;
        this.watches = watches;
        int all = watches.size();
        for (RedisWatch watch : watches) {
            String thread = "payload-stream" + (streams.isEmpty() ? "" : "-" + streams.size());
            streams.add(new PayloadStream(
                    watch, thread, Math.max(1, maxEntries / all), maxBytes / all, maxWaitingBytes / all, metrics));
        }
    }

    void start() {
        streams.forEach(PayloadStream::start);
    }

    /// Never waits.
    void push(List<SignedPayload> payloads) {
        if (watches.size() == 1) {
            streams.getFirst().push(payloads);
            return;
        }
        payloads.stream()
                .collect(groupingBy(payload ->
                        RedisWatch.at(watches, partitions.home(payload.signature()), RedisWatch.Seen::answers)))
                .forEach((watch, share) -> streams.get(watches.indexOf(watch)).push(share));
    }

    /// Pushes what waits, for two seconds at most.
    @Override
    public void close() {
        streams.forEach(PayloadStream::end);
        long end = System.nanoTime() + CLOSE.toNanos();
        streams.forEach(stream -> stream.awaitEnd(Duration.ofNanos(Math.max(1, end - System.nanoTime()))));
    }
}
