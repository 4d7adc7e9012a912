package dev.twotick.worker.messages;

import dev.twotick.db.RowStatement;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Overtaken;
import dev.twotick.worker.messages.Conversations.Change;
import dev.twotick.worker.messages.Conversations.Parties;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// The conversations that a transaction changes: begun before anything is put into them, counted when everything is, by
/// what has changed and not by all that is in them.
public final class ConversationChanges {
    private final DSLContext tx;
    private final Set<Parties> wanted = new LinkedHashSet<>();
    private final Set<Parties> opened = new LinkedHashSet<>();
    private final Set<Parties> left = new LinkedHashSet<>();
    private final Map<Parties, Long> known;
    private final Map<Parties, Long> ids = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Set<Long> weighed = new TreeSet<>();

    public ConversationChanges(DSLContext tx) {
        this(tx, Map.of());
    }

    /// @param known those of the batch's contacts, as far as they were there when it began
    public ConversationChanges(DSLContext tx, Map<Parties, Long> known) {
        this.tx = tx;
        this.known = Map.copyOf(known);
    }

    /// A message is between them.
    void want(Parties parties) {
        wanted.add(parties);
    }

    /// A call opens its window.
    public void open(Parties parties) {
        wanted.add(parties);
        opened.add(parties);
    }

    /// A call may have opened it that proves to be another's, or none that opens.
    public void leave(Parties parties) {
        left.add(parties);
    }

    /// All at once, in the order of their keys.
    public void findOrBegin() {
        List<Parties> groups = new ArrayList<>();
        for (Parties parties : wanted) {
            Long id = known.get(parties);
            if (id != null) {
                ids.put(parties, id);
            } else if (parties.isGroup()) {
                groups.add(parties);
            }
        }
        if (!groups.isEmpty()) {
            ids.putAll(Conversations.find(tx, groups));
        }
        Conversations.begin(tx, wanted, ids);
        if (!left.isEmpty()) {
            weighed.addAll(Conversations.find(tx, left).values());
        }
        opened.forEach(parties -> weighed.add(of(parties)));
    }

    long of(Parties parties) {
        return Objects.requireNonNull(ids.get(parties), "every conversation of the batch was looked for");
    }

    /// A message has changed.
    ///
    /// @param row  as it is now, in its conversation
    /// @param was  the conversation that it was in
    /// @param told the content that the batch tells of it
    public void changed(Messages.Row row, @Nullable Long was, @Nullable ApplyItem<?> told) {
        if (row.is(Messages.CONTENT_REPLACED) || row.is(Messages.TURNED)) {
            weigh(was);
            weigh(row.conversationId());
        } else if (row.is(Messages.CONTENT_CAME) && row.isContent() && row.conversationId() != null) {
            changes.add(Change.came(
                    row.conversationId(), Objects.requireNonNull(told).item().occurredAt(), row.isInbound()));
        }
        boolean moved = !Objects.equals(was, row.conversationId());
        if (row.is(Messages.WAS_UNREAD) && was != null && (moved || !row.countsAsUnread())) {
            changes.add(Change.gone(was, row.liveAt()));
        }
        if (row.countsAsUnread() && row.conversationId() != null && (moved || !row.is(Messages.WAS_UNREAD))) {
            changes.add(Change.unread(row.conversationId(), row.liveAt()));
        }
    }

    /// A message is deleted.
    public void removed(Messages.Row row) {
        weigh(row.conversationId());
        if (row.countsAsUnread() && row.conversationId() != null) {
            changes.add(Change.gone(row.conversationId(), row.liveAt()));
        }
    }

    /// Its times may go back.
    private void weigh(@Nullable Long conversation) {
        if (conversation != null) {
            weighed.add(conversation);
        }
    }

    /// Deletes what was begun for contents that did not stand.
    void deleteUnused(Collection<Messages.Row> rows) {
        Set<Long> unused = new HashSet<>(ids.values());
        rows.forEach(row -> unused.remove(row.conversationId()));
        unused.removeAll(weighed);
        Conversations.deleteEmpty(tx, unused);
    }

    /// @throws Overtaken when another transaction found one empty that a call of this one opens: the batch starts
    ///     over
    public void count() {
        if (!weighed.isEmpty()) { // all at once: another batch may have them crossed
            Set<Long> all = new TreeSet<>(weighed);
            changes.forEach(change -> all.add(change.conversationId()));
            Set<Long> there = Conversations.lock(tx, all);
            if (!opened.stream().map(this::of).allMatch(there::contains)) {
                throw new Overtaken("a conversation was deleted by another transaction");
            }
        }
        Conversations.receive(tx, changes);
        Conversations.weigh(tx, weighed);
    }

    /// As [#count]; where that is one statement, for the next trip.
    ///
    /// @return nothing where that is done, or nothing is to be counted
    public Optional<RowStatement<?>> countLater() {
        if (weighed.isEmpty() && !changes.isEmpty()) {
            return Optional.of(Conversations.receiving(changes));
        }
        count();
        return Optional.empty();
    }
}
