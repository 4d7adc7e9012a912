package dev.twotick.worker.replay;

import dev.twotick.db.payloadlog.SelectedPayloads;
import dev.twotick.db.payloadlog.SelectedPayloads.Selected;
import dev.twotick.queue.QueuedPayload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/// The selected payloads with their bodies, some at a time, in the order of their ids. Holds one page of ids, no more.
final class ReplaySource implements StreamFeed.Source {
    private final SelectedPayloads selected;
    private final Function<List<UUID>, List<QueuedPayload>> read;
    private final long maxBytes;
    private final Deque<Selected> page = new ArrayDeque<>();

    /// @param maxBytes of bodies at a time; a single longer one goes alone
    ReplaySource(SelectedPayloads selected, Function<List<UUID>, List<QueuedPayload>> read, long maxBytes) {
        this.selected = selected;
        this.read = read;
        this.maxBytes = maxBytes;
    }

    @Override
    public List<QueuedPayload> next(int atMost) {
        while (true) {
            while (page.isEmpty()) {
                Optional<List<Selected>> next = selected.nextPage();
                if (next.isEmpty()) {
                    return List.of();
                }
                page.addAll(next.get());
            }
            List<Selected> taken = take(atMost);
            try {
                List<QueuedPayload> payloads =
                        read.apply(taken.stream().map(Selected::id).toList());
                if (!payloads.isEmpty()) { // else retention was faster
                    return payloads;
                }
            } catch (RuntimeException e) {
                taken.reversed().forEach(page::addFirst);
                throw e;
            }
        }
    }

    /// The same, when that pace allows any.
    List<QueuedPayload> next(int atMost, Pace pace) throws InterruptedException {
        int allowed = pace.allowed(atMost);
        while (allowed == 0) {
            Thread.sleep(10);
            allowed = pace.allowed(atMost);
        }
        List<QueuedPayload> payloads = next(allowed);
        pace.went(payloads.size());
        return payloads;
    }

    private List<Selected> take(int atMost) {
        List<Selected> taken = new ArrayList<>();
        long bytes = 0;
        while (!page.isEmpty() && taken.size() < atMost) {
            bytes += page.getFirst().bytes();
            if (!taken.isEmpty() && bytes > maxBytes) {
                break;
            }
            taken.add(page.removeFirst());
        }
        return taken;
    }
}
