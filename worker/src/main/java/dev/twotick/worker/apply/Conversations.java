package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONVERSATION;
import static java.util.stream.Collectors.toMap;

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
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `conversation`: an account and a contact.
final class Conversations {

    /// Meta's customer service window: how long a business may answer freely after a message of the user's.
    private static final Duration WINDOW = Duration.ofHours(24);

    record Parties(long accountId, UUID contactId) {}

    /// What a message of the user's does to its conversation.
    ///
    /// @param occurredAt Meta's time
    /// @param unreadAt   when it was received, if it is new here; null if it was counted before
    record Inbound(
            long conversationId,
            @Nullable Instant occurredAt,
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

    /// Counts what is new and unread, and moves the conversation's times forward. Rows are locked in the order of
    /// their ids; what `locked` returns is the version after the wait, so nothing is computed from a stale row.
    static void receive(DSLContext tx, Collection<Inbound> inbound) {
        Unnest<Inbound> n = Unnest.of(inbound)
                .with(CONVERSATION.ID, Inbound::conversationId)
                .with(CONVERSATION.LAST_MESSAGE_AT, Inbound::occurredAt)
                .with(CONVERSATION.READ_UP_TO, Inbound::unreadAt);
        Field<Instant> lastAt = DSL.max(n.get(CONVERSATION.LAST_MESSAGE_AT)).as("last_at");
        Field<Instant[]> unreadAts = DSL.arrayAgg(n.get(CONVERSATION.READ_UP_TO))
                .filterWhere(n.get(CONVERSATION.READ_UP_TO).isNotNull())
                .as("unread_ats");
        var news = DSL.name("news")
                .as(DSL.select(n.get(CONVERSATION.ID), lastAt, unreadAts)
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
        tx.with(news, locked)
                .update(CONVERSATION)
                .set(CONVERSATION.LAST_MESSAGE_AT, DSL.greatest(CONVERSATION.LAST_MESSAGE_AT, newsAt))
                .set(
                        CONVERSATION.WINDOW_EXPIRES_AT,
                        DSL.greatest(
                                CONVERSATION.WINDOW_EXPIRES_AT,
                                DSL.field(
                                        "{0} + interval {1}",
                                        Instant.class, newsAt, DSL.inline(WINDOW.toSeconds() + " s"))))
                .set(
                        CONVERSATION.UNREAD_COUNT,
                        CONVERSATION.UNREAD_COUNT.plus(DSL.field(
                                "(select count(*) from unnest(news.unread_ats) as t(at) where t.at > coalesce({0}, '-infinity'))",
                                Integer.class, CONVERSATION.READ_UP_TO)))
                .from(news, locked)
                .where(CONVERSATION.ID.eq(newsId))
                .and(CONVERSATION.ID.eq(DSL.field(DSL.name("locked", "id"), Long.class)))
                // a copy of what was counted before moves nothing
                .and(DSL.condition(
                        "(news.unread_ats is not null or news.last_at > coalesce({0}, '-infinity'))",
                        CONVERSATION.LAST_MESSAGE_AT))
                .execute();
    }

    /// All conversations of these contacts.
    static Set<Long> of(DSLContext tx, Collection<UUID> contacts) {
        return tx.select(CONVERSATION.ID)
                .from(CONVERSATION)
                .where(CONVERSATION.CONTACT_ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                .fetchSet(CONVERSATION.ID);
    }

    /// Counts anew from the messages, and deletes what has none.
    static void recount(DSLContext tx, Collection<Long> ids) {
        Long[] rows = ids.toArray(Long[]::new);
        tx.execute("select 1 from conversation where id = any ({0}) order by id for update", DSL.val(rows));
        tx.execute(
                """
                update conversation c
                set unread_count = n.unread, last_message_at = n.last_at,
                    window_expires_at = n.inbound_at + interval '24 hours'
                from (
                    select o.id, count(*) filter (where m.live_at > coalesce(o.read_up_to, '-infinity')) as unread,
                        max(m.occurred_at) as last_at,
                        max(m.occurred_at) filter (where m.direction = 'inbound') as inbound_at
                    from conversation o left join message m on m.conversation_id = o.id and m.kind = 'content'
                    where o.id = any ({0})
                    group by o.id) n
                where c.id = n.id
                """,
                DSL.val(rows));
        tx.execute(
                "delete from conversation c where c.id = any ({0})"
                        + " and not exists (select from message m where m.conversation_id = c.id)",
                DSL.val(rows));
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
