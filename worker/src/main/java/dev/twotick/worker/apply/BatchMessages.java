package dev.twotick.worker.apply;

import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.apply.Conversations.Parties;
import dev.twotick.worker.apply.MessageStatuses.Reported;
import dev.twotick.worker.apply.Messages.Row;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The messages that a batch is about, whatever it says of them: told, reported, reacted to, edited, revoked.
final class BatchMessages {
    private final Batch batch;

    /// In Meta's order, in which their hook calls go out; the statement sorts them by key.
    private final Map<UUID, MessageDelta> deltas = new LinkedHashMap<>();

    private final Map<UUID, Row> rows = new HashMap<>();
    private final List<Conversations.Arrival> arrivals = new ArrayList<>();
    private final Set<Long> irregular = new TreeSet<>();

    /// Writes the messages, and finds or begins their conversations before; counts them not yet.
    static BatchMessages write(Batch batch) {
        BatchMessages messages = new BatchMessages(batch);
        messages.gather();
        if (!messages.deltas.isEmpty()) {
            messages.findConversations();
            messages.rows.putAll(Messages.write(batch.tx(), messages.deltas.values()));
            messages.settleConversations();
            messages.deltas.values().forEach(messages::raiseEvents);
        }
        return messages;
    }

    private BatchMessages(Batch batch) {
        this.batch = batch;
    }

    private void gather() {
        for (ApplyItem<MessageTold> item : batch.only(MessageTold.class)) {
            delta(item, item.fact().wamid()).tell(item);
            if (item.fact().target() != null) {
                delta(item, item.fact().target().wamid()).isTargetOf(item);
            }
        }
        for (ApplyItem<StatusReported> item : batch.only(StatusReported.class)) {
            delta(item, item.fact().wamid()).report(item);
        }
        for (ApplyItem<FlowCompleted> item : batch.only(FlowCompleted.class)) {
            delta(item, item.fact().wamid()).completesFlow(item);
        }
    }

    private MessageDelta delta(ApplyItem<?> item, Wamid wamid) {
        return deltas.computeIfAbsent(
                MessageKey.of(item.item().account().phoneNumberId(), wamid),
                key -> new MessageDelta(key, batch.accountOf(item).id(), wamid));
    }

    private void findConversations() {
        Map<MessageDelta, Parties> parties = new HashMap<>();
        for (MessageDelta delta : deltas.values()) {
            UUID contact = delta.content() == null ? null : batch.contactOf(delta.content(), delta.peer());
            if (contact != null) {
                parties.put(delta, new Parties(delta.accountId, contact));
            }
        }
        if (!parties.isEmpty()) {
            Map<Parties, Long> ids = Conversations.findOrBegin(batch.tx(), new LinkedHashSet<>(parties.values()));
            parties.forEach((delta, pair) -> delta.isIn(Objects.requireNonNull(ids.get(pair))));
        }
    }

    /// Sorts what increments cover from what must be counted anew.
    private void settleConversations() {
        List<Row> moved = new ArrayList<>();
        Set<Long> found = new HashSet<>();
        for (MessageDelta delta : deltas.values()) {
            Row row = row(delta);
            if (delta.conversationId() != null) {
                found.add(delta.conversationId());
            }
            if (row.is(Messages.CONTENT_CAME)) {
                arrival(delta, row);
            } else if (row.is(Messages.CONTENT_REPLACED)) {
                irregular(row.conversationId());
                irregular(delta.conversationId());
                if (!Objects.equals(row.conversationId(), delta.conversationId())) {
                    moved.add(row.in(delta.conversationId()));
                }
            } else if (row.is(Messages.TURNED)) {
                irregular(row.conversationId());
            }
        }
        if (!moved.isEmpty()) {
            Messages.move(batch.tx(), moved);
            moved.forEach(row -> rows.put(row.key(), row));
        }
        rows.values().forEach(row -> found.remove(row.conversationId()));
        found.removeAll(irregular);
        Conversations.deleteEmpty(batch.tx(), found); // begun for a content that did not stand
    }

    private void arrival(MessageDelta delta, Row row) {
        ApplyItem<MessageTold> content = Objects.requireNonNull(delta.content());
        if (row.conversationId() != null && content.fact().kind() == Kind.CONTENT) {
            arrivals.add(new Conversations.Arrival(
                    row.conversationId(),
                    content.item().occurredAt(),
                    row.isInbound(),
                    row.isInbound() ? delta.firstToldAt(Told.Teller.LIVE) : null));
        }
    }

    private void irregular(@Nullable Long conversation) {
        if (conversation != null) {
            irregular.add(conversation);
        }
    }

    private void raiseEvents(MessageDelta delta) {
        Row row = row(delta);
        if (delta.told.isEmpty() || row.news() == 0) {
            return;
        }
        Map<Told, ApplyItem<MessageTold>> strongest = new HashMap<>();
        delta.told.forEach(item -> strongest.merge(Told.of(item), item, Stamp::later));
        strongest.forEach((told, item) -> {
            if (row.isNew(told)) {
                batch.fresh(item);
                UUID contact = batch.contactOf(item, item.fact().peer());
                Events.told(told, item, row, delta.accountId, contact).ifPresent(batch::raise);
            }
        });
    }

    /// The statuses' own rows, and their events. How far they bring a message, [Messages] knows.
    void writeStatuses() {
        Map<MessageStatuses.Key, Reported> reported = new LinkedHashMap<>();
        for (MessageDelta delta : deltas.values()) {
            for (ApplyItem<StatusReported> item : delta.statuses) {
                Reported status = new Reported(row(delta), delta.accountId, item);
                reported.merge(status.key(), status, Reported::earlier);
            }
        }
        if (reported.isEmpty()) {
            return;
        }
        Set<MessageStatuses.Key> first = MessageStatuses.report(batch.tx(), reported.values());
        reported.forEach((key, status) -> {
            if (first.contains(key)) {
                batch.fresh(status.item());
                batch.raise(Events.reported(status));
            }
        });
    }

    /// Whatever moved a message's status, history too, its campaigns follow; and callback data links it.
    void followedByCampaigns() {
        Map<Long, List<ApplyItem<StatusReported>>> statuses = new HashMap<>();
        deltas.values().stream()
                .filter(MessageDelta::concernsCampaigns)
                .forEach(delta -> statuses.put(row(delta).id(), delta.statuses));
        Campaigns.report(batch.tx(), statuses);
    }

    private Row row(MessageDelta delta) {
        return Objects.requireNonNull(rows.get(delta.key), "the statement must have returned it");
    }

    void writeReactions() {
        List<Reactions.Reaction> reactions = new ArrayList<>();
        for (MessageDelta delta : deltas.values()) {
            delta.reactions.forEach(
                    item -> reactions.add(new Reactions.Reaction(row(delta).id(), item)));
        }
        if (!reactions.isEmpty()) {
            Reactions.write(batch.tx(), reactions);
        }
    }

    void writeFlowResponses() {
        Map<Long, FlowResponses.Response> responses = new TreeMap<>();
        for (MessageDelta delta : deltas.values()) {
            delta.flows.stream()
                    .reduce(Stamp::later)
                    .ifPresent(item -> responses.put(
                            row(delta).id(), new FlowResponses.Response(row(delta), delta.accountId, item)));
        }
        if (responses.isEmpty()) {
            return;
        }
        Set<Long> first = FlowResponses.write(batch.tx(), responses.values());
        responses.forEach((message, response) -> {
            if (first.contains(message)) {
                ApplyItem<FlowCompleted> item = response.item();
                batch.fresh(item);
                UUID contact = batch.contactOf(item, item.fact().person());
                batch.raise(Events.flowCompleted(response, contact));
            }
        });
    }

    void countConversations() {
        List<Conversations.Arrival> regular = arrivals.stream()
                .filter(a -> !irregular.contains(a.conversationId()))
                .toList();
        if (!regular.isEmpty() && !irregular.isEmpty()) { // both sets at once: another batch may have them crossed
            Set<Long> all = new TreeSet<>(irregular);
            regular.forEach(a -> all.add(a.conversationId()));
            Conversations.lock(batch.tx(), all);
        }
        if (!regular.isEmpty()) {
            Conversations.receive(batch.tx(), regular);
        }
        Conversations.recount(batch.tx(), irregular);
    }
}
