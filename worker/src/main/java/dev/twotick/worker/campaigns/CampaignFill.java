package dev.twotick.worker.campaigns;

import static dev.twotick.db.schema.Tables.CAMPAIGN;
import static dev.twotick.db.schema.Tables.CAMPAIGN_DIRTY;

import dev.twotick.db.DatabaseClock;
import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.Accounts.Account;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.batch.Businesses;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Fills a campaign, from a file rather than from payloads: the same rows, in the same order of tables as
/// `apply.BatchTransaction`, a transaction for each batch. The same batch again changes nothing.
public final class CampaignFill {
    private static final String UNKNOWN =
            "its phone_number_id is not known, and" + " TWOTICK_ACCEPT_ACCOUNTS is known: add it to account first";

    private static final String WHOSE =
            "it names no phone_number_id that is known, and several businesses have accounts:"
                    + " say whose the campaign is with --account or --business";

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

    /// @param refused   the lines that could not be taken; all others are committed
    /// @param campaigns the `campaign.id` of those that the others are of
    public record Added(List<Refused> refused, Set<Long> campaigns) {
        private Added and(Added other) {
            return new Added(
                    Stream.concat(refused.stream(), other.refused.stream()).toList(),
                    Stream.concat(campaigns.stream(), other.campaigns.stream()).collect(Collectors.toSet()));
        }
    }

    /// Whose the recipients are whose lines name no account: of the account or business that is told, else of the only
    /// business that has accounts. Empty where there are several.
    ///
    /// @throws IllegalArgumentException when there is no such account or business
    public Optional<Long> business(Optional<String> account, Optional<Long> business) {
        return Businesses.meant(database, account, business);
    }

    /// Makes the campaign if the business has none of that key.
    ///
    /// @return `campaign.id`
    /// @throws IllegalArgumentException when the key cannot be one
    public long open(long business, String key) {
        Campaigns.Name name = new Campaigns.Name(business, key);
        return Retries.transaction(
                database,
                tx -> Objects.requireNonNull(
                        Campaigns.findOrMake(tx, Set.of(name)).get(name)));
    }

    /// What people call it; what it says last, counts.
    ///
    /// @throws IllegalArgumentException when it cannot be a name
    public void name(long campaign, String name) {
        checkName(name);
        database.update(CAMPAIGN)
                .set(CAMPAIGN.NAME, name)
                .where(CAMPAIGN.ID.eq(campaign))
                .execute();
    }

    /// @throws IllegalArgumentException for what can be no campaign's name
    public static void checkName(String name) {
        if (name.isBlank() || name.length() > Campaigns.MAX_KEY_LENGTH || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a campaign's name is a text of at most " + Campaigns.MAX_KEY_LENGTH + " characters");
        }
    }

    /// Links and plans what these lines say, each for the campaign of that key of its account's business.
    ///
    /// @param business of the lines that name no account that is known; empty: those are refused
    public Added add(Optional<Long> business, String key, List<Line> lines) {
        try {
            return Retries.transaction(database, tx -> add(tx, business, key, lines));
        } catch (BadData e) {
            if (lines.size() == 1) {
                return new Added(
                        List.of(new Refused(lines.getFirst().place(), "the database refuses it: " + e.kind())),
                        Set.of());
            }
            int middle = lines.size() / 2;
            return add(business, key, lines.subList(0, middle))
                    .and(add(business, key, lines.subList(middle, lines.size())));
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

    private Added add(DSLContext tx, Optional<Long> business, String key, List<Line> lines) {
        PeopleLock.shared(tx);
        Instant now = new DatabaseClock(tx).instant();
        Said said = new Said(key, business, accounts(tx, business, lines, now), now);
        lines.forEach(said::add);
        // a file is no news of somebody who was erased
        said.messages.keySet().retainAll(horizon.notErased(tx, Set.copyOf(said.messages.keySet())));
        Set<Named> there = notErased(tx, Stream.concat(said.names.values().stream(), said.planned.stream()));
        said.planned.retainAll(there);
        said.names.values().retainAll(there);
        return new Added(said.refused, Set.copyOf(write(tx, said).values()));
    }

    /// @return the campaigns
    private static Map<Campaigns.Name, Long> write(DSLContext tx, Said said) {
        ConversationChanges conversations = new ConversationChanges(tx); // of messages that prove to be outbound
        Map<UUID, Messages.Row> rows = said.messages.isEmpty() ? Map.of() : Messages.write(tx, said.messages.values());
        rows.values().forEach(row -> conversations.changed(row, row.conversationId(), null));
        Map<Campaigns.Name, Long> campaigns = Campaigns.findOrMake(tx, said.campaigns.keySet());
        List<Campaigns.Link> links = new ArrayList<>();
        List<Campaigns.Planned> planned = new ArrayList<>();
        campaigns.forEach((name, campaign) -> {
            Set<UUID> sent = said.campaigns.getOrDefault(name, Set.of());
            rows.values().stream()
                    .filter(row -> sent.contains(row.key()))
                    .forEach(row -> links.add(new Campaigns.Link(campaign, row.id(), id(said.names.get(row.key())))));
            said.planned.stream()
                    .filter(named -> named.business() == name.businessId())
                    .forEach(named -> planned.add(new Campaigns.Planned(campaign, named.id())));
        });
        if (!links.isEmpty()) {
            Campaigns.link(tx, links);
            Campaigns.follow(tx, rows.values().stream().map(Messages.Row::id).toList());
        }
        if (!planned.isEmpty()) {
            Campaigns.plan(tx, planned);
        }
        conversations.count();
        return campaigns;
    }

    /// What lines say, each of its account's business.
    private static final class Said {
        private final String key;
        private final Optional<Long> business;
        private final Map<String, Account> accounts;
        private final Instant now;
        private final Map<Campaigns.Name, Set<UUID>> campaigns = new HashMap<>(); // with the messages of each
        private final Map<UUID, MessageDelta> messages = new TreeMap<>();
        private final Map<UUID, Named> names = new LinkedHashMap<>();
        private final Set<Named> planned = new LinkedHashSet<>();
        private final List<Refused> refused = new ArrayList<>();

        private Said(String key, Optional<Long> business, Map<String, Account> accounts, Instant now) {
            this.key = key;
            this.business = business;
            this.accounts = accounts;
            this.now = now;
        }

        private void add(Line line) {
            RecipientLine recipient = line.recipient();
            Account account = recipient.account() == null
                    ? null
                    : accounts.get(recipient.account().value());
            if (account == null && business.isEmpty()) {
                refused.add(new Refused(line.place(), WHOSE));
            } else if (account == null && recipient.wamid() != null) {
                refused.add(new Refused(line.place(), UNKNOWN));
            } else {
                add(recipient, account, account == null ? business.orElseThrow() : account.businessId());
            }
        }

        private void add(RecipientLine recipient, @Nullable Account account, long of) {
            Set<UUID> sent = campaigns.computeIfAbsent(new Campaigns.Name(of, key), name -> new TreeSet<>());
            Named to =
                    recipient.to() == null ? null : new Named(of, recipient.to().value());
            if (recipient.wamid() == null || recipient.account() == null || account == null) {
                planned.add(Objects.requireNonNull(to));
                return;
            }
            UUID message = MessageKey.of(recipient.account(), recipient.wamid());
            MessageDelta delta = new MessageDelta(message, account.id(), recipient.wamid());
            delta.register(now);
            messages.put(message, delta);
            sent.add(message);
            if (to != null) {
                names.merge(message, to, (a, b) -> a.id().compareTo(b.id()) >= 0 ? a : b);
            }
        }
    }

    /// Whom a message was for, or who is planned, as that business knows them.
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

    /// Those that the lines name. One of which a message was sent is added, if it may be and it is known whose.
    private Map<String, Account> accounts(DSLContext tx, Optional<Long> business, List<Line> lines, Instant now) {
        Set<String> numbers = new HashSet<>();
        Set<String> senders = new HashSet<>();
        for (Line line : lines) {
            RecipientLine recipient = line.recipient();
            if (recipient.account() != null) {
                (recipient.wamid() == null ? numbers : senders)
                        .add(recipient.account().value());
            }
        }
        numbers.addAll(senders);
        if (numbers.isEmpty()) {
            return Map.of();
        }
        Accounts.Found found = Accounts.named(
                tx,
                numbers,
                addUnknownAccounts && business.isPresent() ? senders : Set.of(),
                business.orElse(Businesses.DEFAULT));
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
