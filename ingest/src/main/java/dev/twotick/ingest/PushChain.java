package dev.twotick.ingest;

import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.StreamBatch.Link;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What this ingest has pushed of late, and whether Redis still has it. A new master lacks what the old one had
/// taken and not passed on, up to a second of traffic, and nothing in Redis says so. So each batch is a link: with it
/// goes its number, and back comes the number of the link that Redis had before. Those between the two are forgotten:
///
/// ```
/// old master   … 41 ◀─ 42 ◀─ 43 ◀─ 44          new master   … 41 ◀────────── 45
///                                               45 finds 41:  42, 43, 44 are pushed again
/// ```
///
/// A batch that was never answered, or never sent, is a link as well. Pushing again what Redis has is harmless: facts
/// are applied once. What is held has no body, which the log has.
///
/// For one thread.
final class PushChain {
    private static final int MOST_PAYLOADS = 32_768; // at some 150 bytes each
    /// Requeue has looked by then.
    private static final Duration HELD = Duration.ofSeconds(30);

    private final String key;
    private final Deque<Held> links = new ArrayDeque<>();
    private final Deque<QueuedPayload> forgotten = new ArrayDeque<>();
    private int held;
    private long last;

    private record Held(long number, List<QueuedPayload> payloads, long since) {}

    PushChain(RedisKeys keys) {
        key = keys.pushed(UUID.randomUUID().toString());
    }

    String key() {
        return key;
    }

    /// Whether there is nothing that could be forgotten.
    boolean isEmpty() {
        letGo();
        return links.isEmpty();
    }

    /// Of payloads that are about to be pushed.
    Link begin(List<QueuedPayload> payloads) {
        last++;
        links.add(
                new Held(last, payloads.stream().map(QueuedPayload::withoutBody).toList(), System.nanoTime()));
        held += payloads.size();
        letGo();
        return new Link(key, last);
    }

    /// The link is in Redis, and came behind that number, or behind none.
    void follows(Link link, OptionalLong before) {
        forget(before.orElse(0), link.number());
    }

    /// The number that is in Redis now, while no push is under way.
    void found(@Nullable String number) {
        forget(number == null ? 0 : Long.parseLong(number), last + 1);
    }

    /// @param there is the last that Redis has
    /// @param end   is behind the last that it lacks
    private void forget(long there, long end) {
        for (Iterator<Held> each = links.iterator(); each.hasNext(); ) {
            Held link = each.next();
            if (link.number > there && link.number < end) {
                each.remove();
                held -= link.payloads.size();
                forgotten.addAll(link.payloads);
            }
        }
    }

    /// What is to be pushed again, as new links.
    List<QueuedPayload> takeForgotten(int most) {
        List<QueuedPayload> taken = new ArrayList<>();
        while (taken.size() < most && !forgotten.isEmpty()) {
            taken.add(forgotten.remove());
        }
        return taken;
    }

    private void letGo() {
        while (!links.isEmpty()
                && (held > MOST_PAYLOADS || System.nanoTime() - links.element().since > HELD.toNanos())) {
            held -= links.remove().payloads.size();
        }
    }
}
