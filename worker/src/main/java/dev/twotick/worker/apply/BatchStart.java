package dev.twotick.worker.apply;

import static java.util.stream.Collectors.toSet;

import dev.twotick.db.RowStatement;
import dev.twotick.db.StandingPlan;
import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.messages.Conversations;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.people.KnownPeople;
import dev.twotick.worker.people.PeopleLock;
import dev.twotick.worker.privacy.Horizon;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/// The first trip of a batch: how its statements are planned, the people lock, and what is read once that is
/// there: of the items' accounts, people and conversations those that are known.
final class BatchStart {
    private static final String PLANS_AND_LOCK = "select " + StandingPlan.SETTINGS + ", " + PeopleLock.SHARED;

    private static final String READ = """
            select a.*, {ERASED} as anybody_was_erased, {META} as meta, n.kind, n.value, i.*, c.id as conversation_id
            from (select) as one
            left join ({ACCOUNTS}) as a on true
            left join unnest(?::text[], ?::text[], ?::text[]) as n (number, kind, value) on n.number = a.phone_number_id
            left join lateral ({PEOPLE}) as i on true
            left join lateral ({CONVERSATIONS}) as c on true
            """.replace("{ERASED}", Horizon.ANYBODY_WAS_ERASED)
            .replace("{META}", Outbox.META_WANTED)
            .replace("{ACCOUNTS}", Accounts.SELECT)
            .replace("{PEOPLE}", KnownPeople.SELECT)
            .replace("{CONVERSATIONS}", Conversations.SELECT);

    private final Map<String, Accounts.Known> accounts = new HashMap<>();
    private final KnownPeople people = new KnownPeople();
    private final Map<Parties, Long> conversations = new HashMap<>();
    private boolean anybodyWasErased;
    private MetaCalls.Wanted forwarded = MetaCalls.Wanted.NOTHING;

    static BatchStart withoutItems() {
        return new BatchStart();
    }

    static BatchStart of(DSLContext tx, List<ApplyItem<?>> items) {
        Set<String> numbers = items.stream().map(ApplyItem::accountId).collect(toSet());
        BatchStart start = new BatchStart();
        RowStatement.of(READ, numbers)
                .after(PLANS_AND_LOCK)
                .texts(number -> number)
                .with(RowStatement.part(KnownPeople.named(items))
                        .texts(KnownPeople.Named::number)
                        .texts(KnownPeople.Named::kind)
                        .texts(KnownPeople.Named::value))
                .fetch(tx, start::add);
        return start;
    }

    private BatchStart() {}

    private BatchStart add(ResultSet row) throws SQLException {
        anybodyWasErased = row.getBoolean("anybody_was_erased");
        forwarded = MetaCalls.Wanted.of(row.getString("meta"));
        String number = row.getString("phone_number_id");
        if (number == null) {
            return this;
        }
        Accounts.Known account = accounts.get(number);
        if (account == null) {
            account = Accounts.Known.of(row);
            accounts.put(number, account);
        }
        if (row.getString("kind") != null) {
            UUID contact = people.add(account.account().businessId(), row);
            Long conversation = RowStatement.longOrNull(row, row.findColumn("conversation_id"));
            if (contact != null && conversation != null) {
                conversations.put(Parties.withContact(account.account().id(), contact), conversation);
            }
        }
        return this;
    }

    /// So that their facts are to be left out.
    boolean anybodyWasErased() {
        return anybodyWasErased;
    }

    /// In which of Meta's forms anybody wants the payloads.
    MetaCalls.Wanted forwarded() {
        return forwarded;
    }

    /// Of the items, as far as they are known.
    Map<String, Accounts.Known> accounts() {
        return accounts;
    }

    /// Likewise.
    KnownPeople people() {
        return people;
    }

    /// Likewise, those with people.
    Map<Parties, Long> conversations() {
        return conversations;
    }
}
