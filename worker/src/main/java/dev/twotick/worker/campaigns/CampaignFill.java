package dev.twotick.worker.campaigns;

import static dev.twotick.db.schema.Tables.CAMPAIGN;
import static dev.twotick.db.schema.Tables.CAMPAIGN_DIRTY;

import dev.twotick.db.DatabaseClock;
import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.Accounts.Account;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.batch.Events;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.messages.ConversationChanges;
import dev.twotick.worker.messages.MessageDelta;
import dev.twotick.worker.messages.Messages;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.people.PeopleLock;
import dev.twotick.worker.privacy.Horizon;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Fills a campaign, from a file rather than from payloads: the same rows, in the same order of tables as
/// [BatchTransaction], a transaction for each batch. The same batch again changes nothing.
public final class CampaignFill {
    private final DSLContext database;
    private final Outbox outbox;
    private final boolean addUnknownAccounts;
    private final Horizon horizon;

    public CampaignFill(DSLContext database, Outbox outbox, boolean addUnknownAccounts, Horizon horizon) {
        this.database = database;
        this.outbox = outbox;
        this.addUnknownAccounts = addUnknownAccounts;
        this.horizon = horizon;
    }

    /// @param place the line's number in its file
    public record Line(long place, RecipientLine recipient) {}

    /// A line that could not be taken.
    public record Refused(long place, String reason) {}

    /// Makes the campaign if there is none of that key.
    ///
    /// @return `campaign.id`
    /// @throws IllegalArgumentException when the key cannot be one
    public long open(String key) {
        if (!Campaigns.isKey(key)) {
            throw new IllegalArgumentException("a campaign's key is a text of at most " + Campaigns.MAX_KEY_LENGTH
                    + " characters, without ; and without spaces around it");
        }
        return Retries.transaction(
                database,
                tx -> Objects.requireNonNull(
                        Campaigns.findOrMake(tx, Set.of(key)).get(key)));
    }

    /// Links and plans what these lines say.
    ///
    /// @return the lines that could not be taken; all others are committed
    public List<Refused> add(long campaign, List<Line> lines) {
        try {
            return Retries.transaction(database, tx -> add(tx, campaign, lines));
        } catch (BadData e) {
            if (lines.size() == 1) {
                return List.of(new Refused(lines.getFirst().place(), "the database refuses it: " + e.kind()));
            }
            int middle = lines.size() / 2;
            List<Refused> refused = new ArrayList<>(add(campaign, lines.subList(0, middle)));
            refused.addAll(add(campaign, lines.subList(middle, lines.size())));
            return refused;
        }
    }

    /// Says that no more recipients will be named than are named now, or than `total`. What it says last, counts.
    public void seal(long campaign, @Nullable Integer total) {
        Retries.transaction(database, tx -> {
            tx.update(CAMPAIGN)
                    .set(CAMPAIGN.SEALED_AT, DSL.coalesce(CAMPAIGN.SEALED_AT, DSL.currentInstant()))
                    .set(CAMPAIGN.DECLARED_TOTAL, DSL.coalesce(DSL.val(total), CAMPAIGN.DECLARED_TOTAL))
                    .where(CAMPAIGN.ID.eq(campaign))
                    .execute();
            return tx.insertInto(CAMPAIGN_DIRTY, CAMPAIGN_DIRTY.CAMPAIGN_ID)
                    .values(campaign)
                    .execute();
        });
    }

    private List<Refused> add(DSLContext tx, long campaign, List<Line> lines) {
        PeopleLock.shared(tx);
        List<Refused> refused = new ArrayList<>();
        Instant now = new DatabaseClock(tx).instant();
        Map<String, Account> accounts = accounts(tx, lines, now);
        Map<UUID, MessageDelta> messages = new TreeMap<>();
        Map<UUID, Named> names = new LinkedHashMap<>();
        Set<Campaigns.Planned> planned = new LinkedHashSet<>();
        long business = business(tx, campaign);
        for (Line line : lines) {
            RecipientLine recipient = line.recipient();
            String to = recipient.to() == null ? null : recipient.to().value();
            if (recipient.wamid() == null || recipient.account() == null) {
                planned.add(new Campaigns.Planned(campaign, Objects.requireNonNull(to)));
                continue;
            }
            Account account = accounts.get(recipient.account().value());
            if (account == null) {
                refused.add(new Refused(
                        line.place(),
                        "its phone_number_id is not known, and"
                                + " TWOTICK_ACCEPT_ACCOUNTS is known: add it to account first"));
                continue;
            }
            UUID key = MessageKey.of(recipient.account(), recipient.wamid());
            MessageDelta message = new MessageDelta(key, account.id(), recipient.wamid());
            message.register(now);
            messages.put(key, message);
            if (to != null) {
                names.merge(key, new Named(account.businessId(), to), (a, b) -> a.id().compareTo(b.id()) >= 0 ? a : b);
            }
        }
        // a file is no news of somebody who was erased
        messages.keySet().retainAll(horizon.notErased(tx, Set.copyOf(messages.keySet())));
        Set<Named> there = notErased(
                tx,
                Stream.concat(names.values().stream(), planned.stream().map(p -> new Named(business, p.recipient()))));
        planned.removeIf(p -> !there.contains(new Named(business, p.recipient())));
        names.values().retainAll(there);
        ConversationChanges conversations = new ConversationChanges(tx); // of messages that prove to be outbound
        if (!messages.isEmpty()) {
            Map<UUID, Messages.Row> rows = Messages.write(tx, messages.values());
            rows.values().forEach(row -> conversations.changed(row, row.conversationId(), null));
            Campaigns.link(
                    tx,
                    messages.keySet().stream()
                            .map(key -> new Campaigns.Link(
                                    campaign,
                                    Objects.requireNonNull(rows.get(key)).id(),
                                    id(names.get(key))))
                            .toList());
            Campaigns.follow(tx, rows.values().stream().map(Messages.Row::id).toList());
        }
        if (!planned.isEmpty()) {
            Campaigns.plan(tx, planned);
        }
        conversations.count();
        return refused;
    }

    /// Whom a message was for, as the business that sent it knows them, or the one whose campaign plans them.
    private record Named(long business, String id) {}

    private static @Nullable String id(@Nullable Named named) {
        return named == null ? null : named.id();
    }

    private Set<Named> notErased(DSLContext tx, Stream<Named> named) {
        Set<Named> there = new HashSet<>();
        named.collect(Collectors.groupingBy(Named::business, Collectors.mapping(Named::id, Collectors.toSet())))
                .forEach((business, ids) ->
                        horizon.notErased(tx, business, ids).forEach(id -> there.add(new Named(business, id))));
        return there;
    }

    private static long business(DSLContext tx, long campaign) {
        return Objects.requireNonNull(tx.select(CAMPAIGN.BUSINESS_ID)
                .from(CAMPAIGN)
                .where(CAMPAIGN.ID.eq(campaign))
                .fetchSingle(CAMPAIGN.BUSINESS_ID));
    }

    private Map<String, Account> accounts(DSLContext tx, List<Line> lines, Instant now) {
        Set<String> numbers = new HashSet<>();
        for (Line line : lines) {
            RecipientLine recipient = line.recipient();
            if (recipient.wamid() != null && recipient.account() != null) {
                numbers.add(recipient.account().value());
            }
        }
        if (numbers.isEmpty()) {
            return Map.of();
        }
        Accounts.Found found = Accounts.named(tx, numbers, addUnknownAccounts);
        if (!found.discovered().isEmpty()) {
            outbox.enqueue(
                    tx,
                    found.discovered().stream()
                            .map(number -> Events.accountDiscovered(
                                    number,
                                    Objects.requireNonNull(found.known().get(number))
                                            .id(),
                                    now))
                            .toList(),
                    0);
        }
        return found.known();
    }
}
