package dev.twotick.worker.apply;

import static java.util.stream.Collectors.toMap;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.worker.apply.Accounts.Account;
import dev.twotick.worker.apply.Conversations.Parties;
import dev.twotick.worker.apply.Outcomes.Failure;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.outbox.HookEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Applies a batch of facts inside one transaction. Tables come in one fixed order:
///
/// ```
/// account → contact_identity → contact → conversation → message → message_status → conversation's counts
///         → account_notice → (outbox) → (outcomes)
/// ```
///
/// Every effect hangs on what an insert, or a column's step from null to a value, reports as new.
final class BatchTransaction {
    private final DSLContext tx;
    private final List<ApplyItem<?>> items;
    private final Map<String, Account> accounts;
    private final List<HookEvent> events = new ArrayList<>();
    private final List<Failure> refused = new ArrayList<>();
    private final Map<UUID, Integer> fresh = new HashMap<>();
    private Contacts.Found people = new Contacts.Found(Map.of(), List.of());

    /// @param fresh   by attempt, how many facts were new
    /// @param refused items that do not belong here: another app's, or an unknown account's
    /// @param events  what the new facts owe
    record Applied(Map<UUID, Integer> fresh, List<Failure> refused, List<HookEvent> events) {}

    record Sender(long businessId, Person person) {}

    static Applied run(DSLContext tx, List<ApplyItem<?>> items, boolean acceptUnknownAccounts) {
        if (items.isEmpty()) {
            return new Applied(Map.of(), List.of(), List.of());
        }
        var refs = items.stream().map(i -> i.item().account()).toList();
        Accounts.Found found = Accounts.find(tx, refs, acceptUnknownAccounts);
        BatchTransaction batch = new BatchTransaction(tx, items, found.known());
        batch.discovered(found.discovered());
        batch.people = Contacts.findOrCreate(
                tx, People.of(batch.items, item -> batch.accountOf(item).businessId()));
        batch.created();
        List<Conversations.Inbound> inbound = batch.messages(batch.only(MessageTold.class));
        batch.statuses(batch.only(StatusReported.class));
        if (!inbound.isEmpty()) {
            Conversations.receive(tx, inbound);
        }
        batch.notices(batch.only(Noticed.class));
        return new Applied(batch.fresh, batch.refused, batch.events);
    }

    private BatchTransaction(DSLContext tx, List<ApplyItem<?>> all, Map<String, Account> accounts) {
        this.tx = tx;
        this.accounts = accounts;
        this.items = all.stream().filter(this::belongsHere).toList();
    }

    private boolean belongsHere(ApplyItem<?> item) {
        Account account = accounts.get(item.accountId());
        String app = item.payload().app();
        String reason = null;
        if (account == null) {
            reason = "the account is not known, and TWOTICK_ACCEPT_ACCOUNTS is known:"
                    + " add its phone_number_id to account, then replay";
        } else if (account.app() != null && !account.app().equals(app)) {
            reason = "signed by app " + app + ", and the account belongs to app " + account.app()
                    + ": correct account.app or TWOTICK_APP_SECRETS, then replay";
        }
        if (reason != null) {
            refused.add(new Failure(
                    item.payload(), item.item().path(), reason, item.item().raw()));
        }
        return reason == null;
    }

    private <F extends Fact> List<ApplyItem<F>> only(Class<F> kind) {
        return ApplyItem.only(kind, items);
    }

    private void created() {
        for (Contacts.Created created : people.created()) {
            events.add(ContactEvents.created(
                    created.contact(),
                    created.because(),
                    accountOf(created.because()).id()));
        }
    }

    private void discovered(Set<String> numbers) {
        Set<String> unheard = new LinkedHashSet<>(numbers);
        for (ApplyItem<?> item : items) {
            if (unheard.remove(item.accountId())) {
                events.add(Events.accountDiscovered(item, accountOf(item).id()));
            }
        }
    }

    /// @return what they do to their conversations, for later in the order of tables
    private List<Conversations.Inbound> messages(List<ApplyItem<MessageTold>> received) {
        if (received.isEmpty()) {
            return List.of();
        }
        Map<UUID, ApplyItem<MessageTold>> folded = ApplyItem.fold(received, BatchTransaction::key, Messages::stronger);
        Map<Sender, UUID> contacts = contacts(received);
        Map<Parties, Long> conversations = conversations(folded.values(), contacts);
        Map<UUID, Messages.Live> live = new TreeMap<>();
        folded.forEach((key, item) -> {
            Parties parties = parties(item, contacts);
            Long conversation = parties == null ? null : conversations.get(parties);
            live.put(key, new Messages.Live(key, accountOf(item).id(), item, conversation));
        });
        Set<UUID> first = Messages.receive(tx, live.values());
        for (Messages.Live message : live.values()) {
            if (first.contains(message.key())) {
                Parties parties = parties(message.item(), contacts);
                fresh(message.item());
                events.add(Events.received(message, parties == null ? null : parties.contactId()));
            }
        }
        return inbound(live.values(), first);
    }

    /// Contacts of all senders, also of a message whose other copy stands: what a payload says of a person counts.
    private Map<Sender, UUID> contacts(List<ApplyItem<MessageTold>> received) {
        Map<Sender, ApplyItem<MessageTold>> senders = new LinkedHashMap<>();
        for (ApplyItem<MessageTold> item : received) {
            Sender sender = sender(item);
            if (sender != null) {
                senders.putIfAbsent(sender, item);
            }
        }
        if (senders.isEmpty()) {
            return Map.of();
        }
        Map<Sender, UUID> ids = new LinkedHashMap<>();
        senders.keySet().forEach(sender -> ids.put(sender, people.of(sender.businessId(), sender.person())));
        return ids;
    }

    private Map<Parties, Long> conversations(Collection<ApplyItem<MessageTold>> messages, Map<Sender, UUID> contacts) {
        Set<Parties> parties = new LinkedHashSet<>();
        for (ApplyItem<MessageTold> message : messages) {
            Parties pair = parties(message, contacts);
            if (pair != null) {
                parties.add(pair);
            }
        }
        return parties.isEmpty() ? Map.of() : Conversations.findOrBegin(tx, parties);
    }

    private static List<Conversations.Inbound> inbound(Collection<Messages.Live> messages, Set<UUID> first) {
        List<Conversations.Inbound> inbound = new ArrayList<>();
        for (Messages.Live message : messages) {
            if (message.conversationId() != null && message.item().fact().kind() == MessageTold.Kind.CONTENT) {
                inbound.add(new Conversations.Inbound(
                        message.conversationId(),
                        message.item().item().occurredAt(),
                        first.contains(message.key()) ? message.item().payload().receivedAt() : null));
            }
        }
        return inbound;
    }

    private void statuses(List<ApplyItem<StatusReported>> reported) {
        if (reported.isEmpty()) {
            return;
        }
        Map<UUID, List<ApplyItem<StatusReported>>> byMessage = new TreeMap<>();
        reported.forEach(i -> byMessage
                .computeIfAbsent(
                        MessageKey.of(
                                i.item().account().phoneNumberId(), i.fact().wamid()),
                        k -> new ArrayList<>())
                .add(i));
        List<Messages.Progress> progress = byMessage.entrySet().stream()
                .map(e -> progress(e.getKey(), e.getValue()))
                .toList();
        Map<UUID, Messages.Row> rows = Messages.progress(tx, progress);
        Map<MessageStatuses.Key, ApplyItem<StatusReported>> folded = new LinkedHashMap<>();
        byMessage.forEach((key, statuses) -> statuses.forEach(i -> folded.merge(
                new MessageStatuses.Key(
                        there(rows, key).id(), i.fact().status(), i.fact().participant()),
                i,
                MessageStatuses::earlier)));
        Set<MessageStatuses.Key> first = MessageStatuses.report(
                tx,
                folded.entrySet().stream()
                        .map(e -> new MessageStatuses.Reported(e.getKey().messageId(), e.getValue()))
                        .toList());
        Map<Long, Messages.Row> byId = rows.values().stream().collect(toMap(Messages.Row::id, row -> row));
        folded.forEach((status, item) -> {
            if (first.contains(status)) {
                Messages.Row row = there(byId, status.messageId());
                fresh(item);
                events.add(Events.reported(item, row.key(), accountOf(item).id(), row.status()));
            }
        });
    }

    private Messages.Progress progress(UUID key, List<ApplyItem<StatusReported>> statuses) {
        Map<MessageStatus, Instant> times = new EnumMap<>(MessageStatus.class);
        MessageStatus highest = MessageStatus.PENDING;
        Integer errorCode = null;
        String recipientWaId = null;
        String recipientUserId = null;
        for (ApplyItem<StatusReported> item : statuses) {
            StatusReported fact = item.fact();
            MessageStatus status = MessageStatus.ofWord(fact.status()).orElse(MessageStatus.PENDING);
            highest = status.rank() > highest.rank() ? status : highest;
            Instant at = item.item().occurredAt();
            if (at != null && status != MessageStatus.PENDING) {
                times.merge(status, at, (a, b) -> a.isBefore(b) ? a : b);
            }
            errorCode = greater(errorCode, fact.errorCode());
            recipientWaId = greater(recipientWaId, fact.recipientWaId());
            recipientUserId = greater(recipientUserId, fact.recipientUserId());
        }
        ApplyItem<StatusReported> any = statuses.getFirst();
        return new Messages.Progress(
                key,
                accountOf(any).id(),
                any.fact().wamid().value(),
                highest,
                times,
                errorCode,
                recipientWaId,
                recipientUserId);
    }

    private void notices(List<ApplyItem<Noticed>> noticed) {
        if (noticed.isEmpty()) {
            return;
        }
        events.addAll(PersonalEffects.write(tx, noticed, this::accountOf, people));
        Map<String, ApplyItem<Noticed>> folded =
                ApplyItem.fold(noticed, i -> i.item().key(), (one, other) -> one);
        Set<String> first =
                Notices.notice(tx, folded.values(), i -> accountOf(i).id());
        folded.forEach((key, item) -> {
            if (first.contains(key)) {
                fresh(item);
                events.add(Events.noticed(item, accountOf(item).id()));
            }
        });
    }

    private void fresh(ApplyItem<?> item) {
        fresh.merge(item.payload().attempt(), 1, Integer::sum);
    }

    private Account accountOf(ApplyItem<?> item) {
        return there(accounts, item.accountId());
    }

    private static <K, V> V there(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), "the statement before this one must have returned it");
    }

    private @Nullable Sender sender(ApplyItem<MessageTold> item) {
        Person person = item.fact().peer();
        return person == null ? null : new Sender(accountOf(item).businessId(), person);
    }

    private @Nullable Parties parties(ApplyItem<MessageTold> item, Map<Sender, UUID> contacts) {
        Sender sender = sender(item);
        return sender == null ? null : new Parties(accountOf(item).id(), there(contacts, sender));
    }

    private static UUID key(ApplyItem<MessageTold> item) {
        return MessageKey.of(item.item().account().phoneNumberId(), item.fact().wamid());
    }

    private static <V extends Comparable<V>> @Nullable V greater(@Nullable V one, @Nullable V other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) >= 0 ? one : other;
    }
}
