package dev.twotick.soak;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The client's book: what was posted, what was answered 200, and what follows from it. Thread-safe.
final class SentBook {
    /// So many are kept whole, the last ones.
    private static final int RECENT = 2_000;

    private final Map<String, Posted> bodies = new HashMap<>();
    private final LinkedHashMap<String, Payload> recent = new LinkedHashMap<>();
    private final Map<String, String> senders = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, String> words = new HashMap<>();
    private final Set<String> statuses = new HashSet<>();
    private final Set<String> owed = new HashSet<>();
    private long posts;
    private long accepted;
    private int unanswered;

    /// @param posts  how often it was sent, answered or not
    /// @param accepted how often it was answered 200
    record Posted(int posts, int accepted, int items) {}

    synchronized void posting(Payload payload) {
        posts++;
        var before = bodies.get(payload.hash());
        if (before == null) {
            unanswered++;
            payload.items().forEach(this::expect);
        }
        bodies.put(
                payload.hash(),
                before == null
                        ? new Posted(1, 0, payload.items().size())
                        : new Posted(before.posts + 1, before.accepted, before.items));
    }

    synchronized void answered200(Payload payload) {
        accepted++;
        recent.putLast(payload.hash(), payload);
        if (recent.size() > RECENT) {
            recent.pollFirstEntry();
        }
        bodies.computeIfPresent(payload.hash(), (_, before) -> {
            if (before.accepted == 0) {
                unanswered--;
            }
            return new Posted(before.posts, before.accepted + 1, before.items);
        });
    }

    /// Takes back each answer of 200 whose row is gone: it was to be had where it was given, and not elsewhere.
    ///
    /// @param logged how often each body is in the log
    /// @return those of which no answer is left
    synchronized List<Payload> lost(Map<String, Integer> logged) {
        List<Payload> lost = new ArrayList<>();
        bodies.replaceAll((hash, posted) -> {
            int here = logged.getOrDefault(hash, 0);
            if (here >= posted.accepted) {
                return posted;
            }
            if (here == 0) {
                unanswered++;
                lost.add(Objects.requireNonNull(recent.get(hash), "lost from long before"));
            }
            return new Posted(posted.posts, here, posted.items);
        });
        return lost;
    }

    private void expect(Item item) {
        owed.addAll(item.owes());
        switch (item) {
            case Item.Message message -> {
                senders.put(message.message(), message.sender());
                texts.put(message.message(), message.text());
            }
            case Item.Status status -> {
                statuses.add(status.key());
                words.merge(status.message(), status.word(), (a, b) -> rank(a) > rank(b) ? a : b);
            }
        }
    }

    /// `pending < sent < failed < delivered < read < played`
    private static int rank(String word) {
        return List.of("sent", "failed", "delivered", "read", "played").indexOf(word);
    }

    synchronized long posts() {
        return posts;
    }

    synchronized long accepted() {
        return accepted;
    }

    /// Bodies that were posted and never yet answered 200.
    synchronized int unanswered() {
        return unanswered;
    }

    synchronized Map<String, Posted> bodies() {
        return new HashMap<>(bodies);
    }

    /// Who sent each inbound message.
    synchronized Map<String, String> senders() {
        return new HashMap<>(senders);
    }

    synchronized Map<String, String> texts() {
        return new HashMap<>(texts);
    }

    /// The highest status of each outbound message.
    synchronized Map<String, String> words() {
        return new HashMap<>(words);
    }

    synchronized Set<String> statuses() {
        return new HashSet<>(statuses);
    }

    synchronized int owed() {
        return owed.size();
    }

    synchronized boolean isOwed(String fact) {
        return owed.contains(fact);
    }

    synchronized List<String> owedFacts() {
        return new ArrayList<>(owed);
    }
}
