package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.CONVERSATION;
import static dev.twotick.db.schema.Tables.MESSAGE;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `conversation`: an account, and a contact or a group. What a person writes in a group is the group's. While a
/// contact has two, one is leaving: see [MisplacedMessages].
public final class Conversations {

    /// Meta's customer service window: how long a business may answer freely after a message or a call of the
    /// user's.
    private static final Duration WINDOW = Duration.ofHours(24);

    private static final String WINDOW_INTERVAL = "interval '" + WINDOW.toSeconds() + " s'";

    /// Of an account `a` and a contact `i`.
    public static final String SELECT = """
            select c.id from conversation c
            where c.account_id = a.id and c.contact_id = i.contact_id and not c.leaving offset 0""";

    // A lookup for each, however few rows the table had when it was planned.
    private static final String FIND = """
            select n.account_id, n.contact_id, n.group_id, coalesce(of_contact.id, of_group.id)
            from unnest(?::bigint[], ?::uuid[], ?::text[]) as n (account_id, contact_id, group_id)
            left join lateral (
                select c.id from conversation c
                where c.account_id = n.account_id and c.contact_id = n.contact_id and not c.leaving offset 0
                ) as of_contact on true
            left join lateral (
                select c.id from conversation c
                where c.account_id = n.account_id and c.group_id = n.group_id and c.group_id is not null
                    and not c.leaving offset 0
                ) as of_group on true
            where of_contact.id is not null or of_group.id is not null
            """;

    // Rows are locked in the order of their ids; what `locked` returns is the version after the wait, so nothing is
    // computed from a stale row. `any` of an array is a lookup for each, however few rows the table had when it was
    // planned; a join alone may be made by reading all of them.
    private static final String RECEIVE = """
            with news as (
                select n.id, max(n.last_at) as last_at, max(n.opened_at) as opened_at,
                    array_agg(n.unread_at) filter (where n.unread_at is not null) as unread,
                    array_agg(n.gone_at) filter (where n.gone_at is not null) as gone
                from unnest(?::bigint[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[])
                    as n (id, last_at, opened_at, unread_at, gone_at)
                group by n.id),
            locked as (
                select id from conversation where id = any (array(select id from news)) order by id for no key update)
            update conversation c
            set last_message_at = greatest(c.last_message_at, n.last_at),
                window_expires_at = greatest(c.window_expires_at, n.opened_at + {WINDOW}),
                unread_count = c.unread_count
                    + (select count(*) from unnest(n.unread) as t (at) where t.at > coalesce(c.read_up_to, '-infinity'))
                    - (select count(*) from unnest(n.gone) as t (at) where t.at > coalesce(c.read_up_to, '-infinity'))
            from news n
            where c.id = n.id and c.id = any (array(select id from locked))
            """.replace("{WINDOW}", WINDOW_INTERVAL);

    /// The latest content of each direction, and the latest call by each of the contact's ids: an index's last
    /// entry each, however long the conversation is.
    static final String TIMES = """
            greatest(
                (select max(m.occurred_at) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and coalesce(m.direction, '') = 'inbound'),
                (select max(m.occurred_at) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and coalesce(m.direction, '') = 'outbound'),
                (select max(m.occurred_at) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and coalesce(m.direction, '') = '')) as last_at,
            greatest(
                (select max(m.occurred_at) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and coalesce(m.direction, '') = 'inbound'),
                (select max(o.at) from contact_identity i cross join lateral (
                        select max(k.opened_at) as at from call k
                        where k.account_id = c.account_id and k.peer_kind = i.kind and k.peer_value = i.value
                            and k.opened_at is not null) o
                    where i.contact_id = c.contact_id)) as opened_at
            """;

    private static final String WEIGH = "update conversation c set last_message_at = t.last_at,"
            + " window_expires_at = t.opened_at + " + WINDOW_INTERVAL + " from (select c.id, " + TIMES
            + " from conversation c where c.id = any ({0})) t where c.id = t.id";

    /// @param contactId null: the other side is the group
    /// @param groupId   null: it is the contact
    public record Parties(
            long accountId,
            @Nullable UUID contactId,
            @Nullable String groupId) {

        public static Parties withContact(long accountId, UUID contactId) {
            return new Parties(accountId, contactId, null);
        }

        static Parties inGroup(long accountId, String groupId) {
            return new Parties(accountId, null, groupId);
        }

        boolean isGroup() {
            return groupId != null;
        }
    }

    /// What a message that came, or changed, adds to its conversation, and takes from it.
    ///
    /// @param lastAt   Meta's time of a content
    /// @param openedAt likewise of the user's, which opens the window
    /// @param unreadAt when a content that counts as unread was received
    /// @param goneAt   likewise of one that counted, and does so no more
    record Change(
            long conversationId,
            @Nullable Instant lastAt,
            @Nullable Instant openedAt,
            @Nullable Instant unreadAt,
            @Nullable Instant goneAt) {

        static Change came(long conversationId, @Nullable Instant at, boolean inbound) {
            return new Change(conversationId, at, inbound ? at : null, null, null);
        }

        static Change unread(long conversationId, @Nullable Instant receivedAt) {
            return new Change(conversationId, null, null, receivedAt, null);
        }

        static Change gone(long conversationId, @Nullable Instant receivedAt) {
            return new Change(conversationId, null, null, null, receivedAt);
        }
    }

    /// Finds the conversations, and begins the missing ones.
    public static Map<Parties, Long> findOrBegin(DSLContext tx, Collection<Parties> parties) {
        Map<Parties, Long> ids = find(tx, parties);
        begin(tx, parties, ids);
        return ids;
    }

    /// Begins those that are not among `ids`, and adds them there.
    static void begin(DSLContext tx, Collection<Parties> parties, Map<Parties, Long> ids) {
        List<Parties> missing =
                parties.stream().filter(p -> !ids.containsKey(p)).toList();
        if (missing.isEmpty()) {
            return;
        }
        Unnest<Parties> n = columns(missing);
        Map<Parties, Long> begun = tx.insertInto(CONVERSATION, n.columns())
                .select(n.select(CONVERSATION.ACCOUNT_ID, CONVERSATION.CONTACT_ID, CONVERSATION.GROUP_ID))
                .onConflictDoNothing()
                .returningResult(
                        CONVERSATION.ACCOUNT_ID, CONVERSATION.CONTACT_ID, CONVERSATION.GROUP_ID, CONVERSATION.ID)
                .fetchMap(row -> new Parties(row.value1(), row.value2(), row.value3()), row -> row.value4());
        ids.putAll(begun);
        if (begun.size() < missing.size()) { // another transaction was faster
            ids.putAll(find(tx, missing));
        }
    }

    /// Counts what is new and unread, and moves the conversations' times forward. What has changed is the only
    /// thing that is looked at.
    static void receive(DSLContext tx, Collection<Change> changes) {
        if (!changes.isEmpty()) {
            receiving(changes).execute(tx);
        }
    }

    /// The statement of [#receive].
    static RowStatement<Change> receiving(Collection<Change> changes) {
        return RowStatement.of(RECEIVE, changes)
                .longs(Change::conversationId)
                .times(Change::lastAt)
                .times(Change::openedAt)
                .times(Change::unreadAt)
                .times(Change::goneAt);
    }

    /// Where a content was replaced, turned, moved or deleted, or a call proved to be another's: the times may go
    /// back, to what is there now. A conversation without messages or an open window is none, and goes.
    ///
    /// The rows are locked already, and looked up by a statement after that: a transaction that has put a message
    /// in but not counted it yet adds its own later, on top of this.
    public static void weigh(DSLContext tx, Collection<Long> conversationIds) {
        if (!conversationIds.isEmpty()) {
            tx.execute(WEIGH, DSL.val(conversationIds.toArray(Long[]::new)));
            deleteEmpty(tx, conversationIds);
        }
    }

    /// In the order of their ids.
    ///
    /// @return those that are there
    static Set<Long> lock(DSLContext tx, Collection<Long> conversationIds) {
        return tx.select(CONVERSATION.ID)
                .from(CONVERSATION)
                .where(CONVERSATION.ID.eq(DSL.any(conversationIds.toArray(Long[]::new))))
                .orderBy(CONVERSATION.ID)
                .forNoKeyUpdate()
                .fetchSet(CONVERSATION.ID);
    }

    /// Deletes the ones of these that no message is in, and no call opened. One that is locked is about to get
    /// one.
    static void deleteEmpty(DSLContext tx, Collection<Long> conversationIds) {
        if (conversationIds.isEmpty()) {
            return;
        }
        tx.deleteFrom(CONVERSATION)
                .where(CONVERSATION.ID.in(DSL.select(CONVERSATION.ID)
                        .from(CONVERSATION)
                        .where(CONVERSATION.ID.eq(DSL.any(conversationIds.toArray(Long[]::new))))
                        .and(CONVERSATION.WINDOW_EXPIRES_AT.isNull()) // of the version that is locked
                        .andNotExists(DSL.selectOne().from(MESSAGE).where(MESSAGE.CONVERSATION_ID.eq(CONVERSATION.ID)))
                        .orderBy(CONVERSATION.ID)
                        .forUpdate()
                        .skipLocked()))
                .execute();
    }

    /// All conversations of these contacts, and whose each is; no group's.
    public static Map<Long, UUID> of(DSLContext tx, Collection<UUID> contacts) {
        return tx.select(CONVERSATION.ID, CONVERSATION.CONTACT_ID)
                .from(CONVERSATION)
                .where(CONVERSATION.CONTACT_ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                .fetchMap(CONVERSATION.ID, CONVERSATION.CONTACT_ID);
    }

    /// Those that are there, and stay.
    static Map<Parties, Long> find(DSLContext tx, Collection<Parties> parties) {
        Map<Parties, Long> ids = new HashMap<>();
        RowStatement.of(FIND, parties)
                .longs(Parties::accountId)
                .uuids(Parties::contactId)
                .texts(Parties::groupId)
                .fetch(
                        tx,
                        row -> Map.entry(
                                new Parties(row.getLong(1), row.getObject(2, UUID.class), row.getString(3)),
                                row.getLong(4)))
                .forEach(found -> ids.put(found.getKey(), found.getValue()));
        return ids;
    }

    private static Unnest<Parties> columns(Collection<Parties> parties) {
        return Unnest.of(parties)
                .with(CONVERSATION.ACCOUNT_ID, Parties::accountId)
                .with(CONVERSATION.CONTACT_ID, Parties::contactId)
                .with(CONVERSATION.GROUP_ID, Parties::groupId);
    }

    private Conversations() {}
}
