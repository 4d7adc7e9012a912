package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONVERSATION;
import static dev.twotick.db.schema.Tables.MESSAGE;
import static java.util.stream.Collectors.toMap;

import dev.twotick.db.Columns;
import dev.twotick.db.Unnest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `conversation`: an account and a contact.
final class Conversations {

    /// Meta's customer service window: how long a business may answer freely after a message of the user's.
    private static final Duration WINDOW = Duration.ofHours(24);

    // what receive() adds up, from the messages themselves
    private static final String RECOUNT = """
            update conversation c
            set unread_count = m.unread, last_message_at = m.last_at, window_expires_at = m.inbound_at + interval {1}
            from (
                select k.id,
                    count(*) filter (where m.live_at > coalesce(k.read_up_to, '-infinity') and m.direction = 'inbound') as unread,
                    max(m.occurred_at) as last_at,
                    max(m.occurred_at) filter (where m.direction = 'inbound') as inbound_at
                from conversation k
                left join message m on m.conversation_id = k.id and m.kind = 'content'
                where k.id = any ({0})
                group by k.id) m
            where c.id = m.id
            """;

    record Parties(long accountId, UUID contactId) {}

    /// What a content that came does to its conversation.
    ///
    /// @param occurredAt Meta's time
    /// @param inbound    it is the user's, and opens the window
    /// @param unreadAt   when it was received, if it was told live; otherwise null
    record Arrival(
            long conversationId,
            @Nullable Instant occurredAt,
            boolean inbound,
            @Nullable Instant unreadAt) {}

    /// Finds the conversations, and begins the missing ones.
    static Map<Parties, Long> findOrBegin(DSLContext tx, Collection<Parties> parties) {
        Map<Parties, Long> ids = new HashMap<>(select(tx, parties));
        List<Parties> missing =
                parties.stream().filter(p -> !ids.containsKey(p)).toList();
        if (!missing.isEmpty()) {
            Unnest<Parties> n = columns(missing);
            tx.insertInto(CONVERSATION, n.columns())
                    .select(n.select(CONVERSATION.ACCOUNT_ID, CONVERSATION.CONTACT_ID))
                    .onConflictDoNothing()
                    .execute();
            ids.putAll(select(tx, missing));
        }
        return ids;
    }

    /// Counts what is new and unread, and moves the conversation's times forward. Rows are locked in the order
    /// of their ids; what `locked` returns is the version after the wait, so nothing is computed from a stale
    /// row.
    static void receive(DSLContext tx, Collection<Arrival> arrivals) {
        Unnest<Arrival> n = Unnest.of(arrivals)
                .with(CONVERSATION.ID, Arrival::conversationId)
                .with(CONVERSATION.LAST_MESSAGE_AT, Arrival::occurredAt)
                .with(CONVERSATION.WINDOW_EXPIRES_AT, a -> a.inbound() ? windowOf(a.occurredAt()) : null)
                .with(CONVERSATION.READ_UP_TO, Arrival::unreadAt);
        Field<Instant> lastAt = DSL.max(n.get(CONVERSATION.LAST_MESSAGE_AT)).as("last_at");
        Field<Instant> windowAt = DSL.max(n.get(CONVERSATION.WINDOW_EXPIRES_AT)).as("window_at");
        Field<Instant[]> unreadAts = DSL.arrayAgg(n.get(CONVERSATION.READ_UP_TO))
                .filterWhere(n.get(CONVERSATION.READ_UP_TO).isNotNull())
                .as("unread_ats");
        var news = DSL.name("news")
                .as(DSL.select(n.get(CONVERSATION.ID), lastAt, windowAt, unreadAts)
                        .from(n.table())
                        .groupBy(n.get(CONVERSATION.ID)));
        Field<Long> newsId = DSL.field(DSL.name("news", "id"), Long.class);
        var locked = DSL.name("locked")
                .as(DSL.select(CONVERSATION.ID)
                        .from(CONVERSATION)
                        .where(CONVERSATION.ID.in(DSL.select(newsId).from(news)))
                        .orderBy(CONVERSATION.ID)
                        .forNoKeyUpdate());
        Field<Instant> newsAt = DSL.field(DSL.name("news", "last_at"), CONVERSATION.LAST_MESSAGE_AT.getDataType());
        Field<Instant> newsWindow =
                DSL.field(DSL.name("news", "window_at"), CONVERSATION.WINDOW_EXPIRES_AT.getDataType());
        tx.with(news, locked)
                .update(CONVERSATION)
                .set(CONVERSATION.LAST_MESSAGE_AT, DSL.greatest(CONVERSATION.LAST_MESSAGE_AT, newsAt))
                .set(CONVERSATION.WINDOW_EXPIRES_AT, DSL.greatest(CONVERSATION.WINDOW_EXPIRES_AT, newsWindow))
                .set(
                        CONVERSATION.UNREAD_COUNT,
                        CONVERSATION.UNREAD_COUNT.plus(DSL.field(
                                "(select count(*) from unnest(news.unread_ats) as t(at) where t.at > coalesce({0}, '-infinity'))",
                                Integer.class, CONVERSATION.READ_UP_TO)))
                .from(news, locked)
                .where(CONVERSATION.ID.eq(newsId))
                .and(CONVERSATION.ID.eq(DSL.field(DSL.name("locked", "id"), Long.class)))
                .execute();
    }

    /// Counts anew from the messages, after something that increments do not cover: a content was replaced, a
    /// message turned or moved. A conversation without messages is none, and goes.
    ///
    /// The rows are locked first, and counted by a statement after it: a transaction that has put a message in
    /// but not counted it yet adds its own later, on top of this.
    static void recount(DSLContext tx, Collection<Long> conversationIds) {
        if (conversationIds.isEmpty()) {
            return;
        }
        FirstVersion.adopt(tx, conversationIds);
        Long[] ids = conversationIds.toArray(Long[]::new);
        lock(tx, conversationIds);
        tx.execute(RECOUNT, DSL.val(ids), DSL.inline(WINDOW.toSeconds() + " s"));
        deleteEmpty(tx, conversationIds);
    }

    /// In the order of their ids.
    static void lock(DSLContext tx, Collection<Long> conversationIds) {
        tx.select(CONVERSATION.ID)
                .from(CONVERSATION)
                .where(CONVERSATION.ID.eq(DSL.any(conversationIds.toArray(Long[]::new))))
                .orderBy(CONVERSATION.ID)
                .forNoKeyUpdate()
                .fetch();
    }

    /// Deletes the ones of these that no message is in. One that is locked is about to get a message.
    static void deleteEmpty(DSLContext tx, Collection<Long> conversationIds) {
        if (conversationIds.isEmpty()) {
            return;
        }
        tx.deleteFrom(CONVERSATION)
                .where(CONVERSATION.ID.in(DSL.select(CONVERSATION.ID)
                        .from(CONVERSATION)
                        .where(CONVERSATION.ID.eq(DSL.any(conversationIds.toArray(Long[]::new))))
                        .andNotExists(DSL.selectOne().from(MESSAGE).where(MESSAGE.CONVERSATION_ID.eq(CONVERSATION.ID)))
                        .orderBy(CONVERSATION.ID)
                        .forUpdate()
                        .skipLocked()))
                .execute();
    }

    /// Makes of each of these the other one.
    static void join(DSLContext tx, NavigableMap<Long, Long> joined) {
        if (joined.isEmpty()) {
            return;
        }
        tx.execute(
                "update message m set conversation_id = t.kept from unnest({0}, {1}) as t (gone, kept)"
                        + " where m.conversation_id = t.gone",
                new Columns<>(joined.keySet()).longs(id -> id),
                new Columns<>(joined.values()).longs(id -> id));
        Set<Long> touched = new TreeSet<>(joined.keySet());
        touched.addAll(joined.values());
        recount(tx, touched);
    }

    /// All conversations of these contacts.
    static Set<Long> of(DSLContext tx, Collection<UUID> contacts) {
        return tx.select(CONVERSATION.ID)
                .from(CONVERSATION)
                .where(CONVERSATION.CONTACT_ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                .fetchSet(CONVERSATION.ID);
    }

    private static @Nullable Instant windowOf(@Nullable Instant occurredAt) {
        return occurredAt == null ? null : occurredAt.plus(WINDOW);
    }

    private static Map<Parties, Long> select(DSLContext tx, Collection<Parties> parties) {
        Unnest<Parties> n = columns(parties);
        return tx
                .select(CONVERSATION.ACCOUNT_ID, CONVERSATION.CONTACT_ID, CONVERSATION.ID)
                .from(CONVERSATION)
                .join(n.table())
                .on(CONVERSATION.ACCOUNT_ID.eq(n.get(CONVERSATION.ACCOUNT_ID)))
                .and(CONVERSATION.CONTACT_ID.eq(n.get(CONVERSATION.CONTACT_ID)))
                .fetch()
                .stream()
                .collect(toMap(r -> new Parties(r.value1(), r.value2()), r -> r.value3()));
    }

    private static Unnest<Parties> columns(Collection<Parties> parties) {
        return Unnest.of(parties)
                .with(CONVERSATION.ACCOUNT_ID, Parties::accountId)
                .with(CONVERSATION.CONTACT_ID, Parties::contactId);
    }

    private Conversations() {}
}
