package dev.twotick.worker.accounts;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static dev.twotick.db.schema.Tables.CONVERSATION;

import dev.twotick.db.Unnest;
import dev.twotick.worker.apply.ContactBelongings;
import dev.twotick.worker.batch.Businesses;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.messages.Conversations;
import dev.twotick.worker.messages.MisplacedMessages;
import dev.twotick.worker.notices.ContactPreferences;
import dev.twotick.worker.people.Identity;
import dev.twotick.worker.people.People;
import dev.twotick.worker.people.PeopleLock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Gives an account to a business. What its people were called by is taken along, page by page, while the account stays
/// where it is; then the account and its conversations change hands in one transaction, in which no message moves.
/// Interrupted, it is run again.
///
/// Contacts belong to a business, so each conversation gets a contact of the new one. The old contacts stay: other
/// accounts may know them.
public final class AccountMove {
    private static final int PAGE = 500;

    // Whoever talked with the account, or stated something to it, and is not known in the business that it goes to.
    private static final String STRANGERS = """
            select distinct c.contact_id
            from (
                select contact_id from conversation where account_id = {0}
                union select contact_id from contact_preference where account_id = {0}) c
            join contact k on k.id = c.contact_id and k.business_id <> {1}
            where not exists (
                select from contact_identity h join contact_identity t
                    on t.business_id = {1} and t.kind = h.kind and t.value = h.value
                where h.contact_id = c.contact_id
                    and not exists (
                        select from contact_identity s where s.contact_id = c.contact_id
                            and array_position({3}, s.kind) < array_position({3}, h.kind)))
            order by 1 limit {2}
            """;

    // each conversation, and whose it becomes: by the strongest id of its contact
    private static final String CONVERSATIONS = """
            select distinct on (c.id) c.id, t.contact_id
            from conversation c
            join contact_identity h on h.contact_id = c.contact_id and h.business_id <> {1}
            join contact_identity t on t.business_id = {1} and t.kind = h.kind and t.value = h.value
            where c.account_id = {0}
            order by c.id, array_position({2}, h.kind), h.value
            """;

    private final DSLContext database;

    public AccountMove(DSLContext database) {
        this.database = database;
    }

    /// @param conversations of the account, each with a contact of the business
    public record Moved(long business, int conversations) {}

    /// @param business id or name; a new one where there is none
    /// @param progress people who were taken along so far
    public Moved run(String phoneNumberId, String business, LongConsumer progress) {
        long to = Retries.transaction(database, tx -> Businesses.findOrMake(tx, business));
        long account = Retries.transaction(database, tx -> findOrAdd(tx, phoneNumberId, to));
        long taken = 0;
        for (int page = PAGE; page == PAGE; ) {
            page = Retries.transaction(database, tx -> {
                PeopleLock.exclusive(tx);
                return takeAlong(tx, account, to);
            });
            progress.accept(taken += page);
        }
        MisplacedMessages misplaced = new MisplacedMessages(database);
        Condition itsOwn = CONVERSATION.ACCOUNT_ID.eq(account);
        Moved moved = misplaced.whenThereAreNone(itsOwn, tx -> {
            while (takeAlong(tx, account, to) > 0) {} // those who came since
            return new Moved(to, handOver(tx, account, to));
        });
        misplaced.moveAll(itsOwn);
        return moved;
    }

    /// From now on its business is the operator's word, and no payload places it.
    private static long findOrAdd(DSLContext tx, String phoneNumberId, long business) {
        return tx.insertInto(ACCOUNT, ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.BUSINESS_ID)
                .values(phoneNumberId, business)
                .onConflict(ACCOUNT.PHONE_NUMBER_ID)
                .doUpdate()
                .set(ACCOUNT.DISCOVERED, false)
                .returningResult(ACCOUNT.ID)
                .fetchSingle()
                .value1();
    }

    /// @return how many people of the account the business did not know
    private static int takeAlong(DSLContext tx, long account, long to) {
        List<UUID> strangers = tx.resultQuery(
                        STRANGERS, DSL.val(account), DSL.val(to), DSL.inline(PAGE), Identity.strongestFirst())
                .fetch(0, UUID.class);
        if (strangers.isEmpty()) {
            return 0;
        }
        People.takeAlong(tx, strangers, to, ContactBelongings::follow);
        return strangers.size();
    }

    private static int handOver(DSLContext tx, long account, long to) {
        Map<Long, UUID> contacts = tx.resultQuery(
                        CONVERSATIONS, DSL.val(account), DSL.val(to), Identity.strongestFirst())
                .fetchMap(row -> row.get(0, Long.class), row -> row.get(1, UUID.class));
        tx.update(ACCOUNT)
                .set(ACCOUNT.BUSINESS_ID, to)
                .where(ACCOUNT.ID.eq(account))
                .execute();
        Map<UUID, Long> kept = new HashMap<>();
        NavigableMap<Long, Long> joined = new TreeMap<>();
        new TreeMap<>(contacts).forEach((conversation, contact) -> {
            Long first = kept.putIfAbsent(contact, conversation);
            if (first != null) { // two people here are one there
                joined.put(conversation, first);
            }
        });
        tx.execute(
                "update conversation c set contact_id = t.contact, leaving = c.id = any ({2})"
                        + " from unnest({0}, {1}) as t (id, contact) where c.id = t.id",
                Unnest.of(contacts.keySet()).longs(id -> id),
                Unnest.of(contacts.values()).uuids(id -> id),
                Unnest.of(joined.keySet()).longs(id -> id));
        MisplacedMessages.note(
                tx, contacts.keySet()); // also of one that stays: an id in it may be somebody else's there
        Conversations.weigh(tx, new TreeSet<>(joined.values())); // the calls of all that the contact is named by
        Set<UUID> stating = new HashSet<>(contacts.values());
        stating.addAll(tx.fetch("select distinct contact_id from contact_preference where account_id = ?", account)
                .getValues(0, UUID.class));
        ContactPreferences.derive(tx, stating);
        return tx.fetchCount(CONVERSATION, CONVERSATION.ACCOUNT_ID.eq(account).andNot(CONVERSATION.LEAVING));
    }
}
