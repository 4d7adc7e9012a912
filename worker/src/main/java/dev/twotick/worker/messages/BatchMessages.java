package dev.twotick.worker.messages;

import dev.twotick.db.RowStatement;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Batch;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.messages.MessageStatuses.Reported;
import dev.twotick.worker.messages.Messages.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The messages that a batch is about, whatever it says of them: told, reported, reacted to, edited, revoked.
public final class BatchMessages {
    /// Of each some hundred bytes are answered.
    private static final int FEW = 64;

    private final Batch batch;
    private final ConversationChanges conversations;

    /// In Meta's order, in which their hook calls go out; the statement sorts them by key.
    private final Map<UUID, MessageDelta> deltas = new LinkedHashMap<>();

    private final Map<UUID, Row> rows = new HashMap<>();
    private final Map<MessageDelta, Parties> parties = new HashMap<>();
    private final List<OwedContent> owed = new ArrayList<>();
    private boolean mayBeOfCampaigns = true;

    /// An event of a content that came before its placeholder, and stands in the row.
    private record OwedContent(MessageDelta delta, ToldBit told, ApplyItem<MessageTold> placeholder) {}

    /// What the batch says; nothing is written yet.
    public static BatchMessages gather(Batch batch, ConversationChanges conversations) {
        BatchMessages messages = new BatchMessages(batch, conversations);
        messages.gather();
        return messages;
    }

    /// Writes the messages into their conversations, and their statuses' own rows, and raises their events. How
    /// far statuses bring a message, its own statement knows.
    public void write() {
        if (deltas.isEmpty()) {
            return;
        }
        parties.forEach((delta, pair) -> delta.isIn(conversations.of(pair)));
        Collection<Reported> statuses = reported();
        MessageStatuses.Answer told = writeRows(statuses);
        moveToStandingContents();
        deltas.values().forEach(this::raiseEvents);
        raiseOwed();
        List<Reported> known = new ArrayList<>();
        for (Reported status : statuses) {
            Row message = row(status.message());
            if (told.isFirst(status, message)) {
                batch.fresh(status.item());
                batch.raise(MessageEvents.reported(status, message));
            } else {
                known.add(status);
            }
        }
        if (!known.isEmpty()) {
            MessageStatuses.replaceLater(batch.tx(), known);
        }
        mayBeOfCampaigns = told.campaigns();
    }

    /// Of a few both in one trip: what the first statement answers must not be much.
    private MessageStatuses.Answer writeRows(Collection<Reported> statuses) {
        RowStatement<MessageDelta> upsert = MessageUpsert.of(deltas.values());
        MessageStatuses.Answer told = MessageStatuses.Answer.NOTHING;
        List<Row> changed = new ArrayList<>();
        if (!statuses.isEmpty() && deltas.size() <= FEW) {
            RowStatement<Reported> both =
                    MessageStatuses.report(statuses).after(upsert, row -> changed.add(Row.of(row)));
            told = MessageStatuses.write(batch.tx(), both);
        } else {
            changed.addAll(upsert.fetch(batch.tx(), Row::of));
            if (!statuses.isEmpty()) {
                told = MessageStatuses.write(batch.tx(), MessageStatuses.report(statuses));
            }
        }
        rows.putAll(Messages.all(batch.tx(), deltas.values(), changed));
        return told;
    }

    private BatchMessages(Batch batch, ConversationChanges conversations) {
        this.batch = batch;
        this.conversations = conversations;
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
        for (MessageDelta delta : deltas.values()) {
            Parties between = partiesOf(delta);
            if (between != null) {
                parties.put(delta, between);
                conversations.want(between);
            }
        }
    }

    private MessageDelta delta(ApplyItem<?> item, Wamid wamid) {
        return deltas.computeIfAbsent(
                MessageKey.of(item.item().account().phoneNumberId(), wamid),
                key -> new MessageDelta(key, batch.accountOf(item).id(), wamid));
    }

    /// In a group, whoever wrote.
    private @Nullable Parties partiesOf(MessageDelta delta) {
        ApplyItem<MessageTold> content = delta.content();
        if (content == null) {
            return null;
        }
        if (content.fact().groupId() != null) {
            return Parties.inGroup(delta.accountId, content.fact().groupId());
        }
        UUID contact = batch.contactOrNull(content, delta.peer());
        return contact == null ? null : Parties.withContact(delta.accountId, contact);
    }

    /// Takes messages to the conversations of the contents that stand now, and tells the conversations.
    private void moveToStandingContents() {
        Map<UUID, @Nullable Long> before = new HashMap<>();
        List<Row> moved = new ArrayList<>();
        for (MessageDelta delta : deltas.values()) {
            Row row = row(delta);
            before.put(row.key(), row.conversationId());
            if (row.is(Messages.CONTENT_REPLACED) && !Objects.equals(row.conversationId(), delta.conversationId())) {
                moved.add(row.in(delta.conversationId()));
            }
        }
        if (!moved.isEmpty()) {
            Messages.move(batch.tx(), moved);
            moved.forEach(row -> rows.put(row.key(), row));
        }
        deltas.values().forEach(delta -> conversations.changed(row(delta), before.get(delta.key), delta.content()));
        conversations.deleteUnused(rows.values());
    }

    private void raiseEvents(MessageDelta delta) {
        Row row = row(delta);
        if (delta.told.isEmpty() || row.news() == 0) {
            return;
        }
        Map<ToldBit, ApplyItem<MessageTold>> strongest = new HashMap<>();
        delta.told.forEach(item -> strongest.merge(ToldBit.of(item), item, Precedence::later));
        strongest.forEach((told, item) -> {
            if (row.isNew(told)) {
                batch.fresh(item);
                raise(told, delta, item);
            }
        });
        for (ToldBit.Teller teller : ToldBit.Teller.values()) {
            ToldBit content = ToldBit.content(teller);
            if (row.isNew(content) && !strongest.containsKey(content)) {
                owe(content, delta, strongest);
            }
        }
    }

    /// Somebody told of a placeholder, and history has what it stands for.
    private void owe(ToldBit told, MessageDelta delta, Map<ToldBit, ApplyItem<MessageTold>> strongest) {
        ApplyItem<MessageTold> history = strongest.get(ToldBit.content(ToldBit.Teller.HISTORY));
        if (history == null) {
            ApplyItem<MessageTold> any = delta.told.getFirst();
            owed.add(new OwedContent(delta, told, strongest.getOrDefault(ToldBit.placeholder(told.teller()), any)));
        } else {
            MessageTold content = history.fact().toldBy(told.teller().source());
            raise(told, delta, new ApplyItem<>(content, history.payload()));
        }
    }

    private void raiseOwed() {
        if (owed.isEmpty()) {
            return;
        }
        Map<Long, StandingContents.Content> contents = StandingContents.of(
                batch.tx(), owed.stream().map(one -> row(one.delta()).id()).toList());
        for (OwedContent one : owed) {
            ApplyItem<MessageTold> placeholder = one.placeholder();
            MessageTold content = Objects.requireNonNull(
                            contents.get(row(one.delta()).id()))
                    .inPlaceOf(placeholder.fact())
                    .toldBy(one.told().teller().source());
            raise(one.told(), one.delta(), new ApplyItem<>(content, placeholder.payload()));
        }
    }

    private void raise(ToldBit told, MessageDelta delta, ApplyItem<MessageTold> item) {
        Person peer = item.fact().peer();
        MessageEvents.told(told, item, row(delta), delta.accountId, batch.contactOrNull(item, peer))
                .ifPresent(batch::raise);
    }

    private Collection<Reported> reported() {
        Map<MessageStatuses.Key, Reported> reported = new LinkedHashMap<>();
        for (MessageDelta delta : deltas.values()) {
            for (ApplyItem<StatusReported> item : delta.statuses) {
                Reported status = new Reported(delta.key, delta.accountId, item);
                reported.merge(status.key(), status, Reported::earlier);
            }
        }
        return reported.values();
    }

    /// Of whatever moved a message's status, history too: campaigns follow it, and callback data links it.
    ///
    /// @return by `message.id`; the transaction has locked their rows
    public Map<Long, List<ApplyItem<StatusReported>>> followed() {
        Map<Long, List<ApplyItem<StatusReported>>> statuses = new HashMap<>();
        deltas.values().stream()
                .filter(MessageDelta::concernsCampaigns)
                .forEach(delta -> statuses.put(row(delta).id(), delta.statuses));
        return statuses;
    }

    /// Whether one of them may have been a campaign's before.
    public boolean mayBeOfCampaigns() {
        return mayBeOfCampaigns;
    }

    private Row row(MessageDelta delta) {
        return row(delta.key);
    }

    private Row row(UUID key) {
        return Objects.requireNonNull(rows.get(key), "the statement must have returned it");
    }

    public void writeReactions() {
        List<Reactions.Reaction> reactions = new ArrayList<>();
        for (MessageDelta delta : deltas.values()) {
            delta.reactions.forEach(
                    item -> reactions.add(new Reactions.Reaction(row(delta).id(), item)));
        }
        if (!reactions.isEmpty()) {
            Reactions.write(batch.tx(), reactions);
        }
    }

    public void writeFlowResponses() {
        Map<Long, FlowResponses.Response> responses = new TreeMap<>();
        for (MessageDelta delta : deltas.values()) {
            delta.flows.stream()
                    .reduce(Precedence::later)
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
                UUID contact = batch.contactOrNull(item, item.fact().person());
                batch.raise(MessageEvents.flowCompleted(response, contact));
            }
        });
    }
}
