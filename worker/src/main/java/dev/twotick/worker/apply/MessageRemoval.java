package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CAMPAIGN_DIRTY;
import static dev.twotick.db.schema.Tables.FLOW_RESPONSE;
import static dev.twotick.db.schema.Tables.MESSAGE;
import static dev.twotick.db.schema.Tables.MESSAGE_STATUS;
import static dev.twotick.db.schema.Tables.REACTION_STATEMENT;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// Takes messages away with everything that hangs on them. What a campaign counts stays counted.
final class MessageRemoval {

    // A planned name takes over what its messages had reached; so does a name that becomes a planned one by it. Whoever
    // had no name stays as a recipient without one.
    private static final String KEEP_COUNTED = """
        with gone as (
            delete from campaign_recipient where message_id = any ({0})
            returning campaign_id, recipient, wa_id, user_id, status_rank),
        known as (
            select g.campaign_id, p.recipient as who, g.status_rank
            from gone g join campaign_recipient p on p.campaign_id = g.campaign_id and p.message_id is null
                and p.recipient in (g.recipient, g.wa_id, g.user_id)
            union all
            select g.campaign_id, coalesce(g.recipient, g.wa_id, g.user_id), g.status_rank
            from gone g
            where not exists (
                select from campaign_recipient p where p.campaign_id = g.campaign_id and p.message_id is null
                    and p.recipient in (g.recipient, g.wa_id, g.user_id))),
        nameless as (
            insert into campaign_recipient (campaign_id, status_rank, gone_rank)
            select campaign_id, status_rank, status_rank from known where who is null),
        kept as (
            insert into campaign_recipient (campaign_id, recipient, status_rank, gone_rank)
            select campaign_id, who, max(status_rank), max(status_rank) from known where who is not null
            group by campaign_id, who order by campaign_id, who
            on conflict (campaign_id, recipient) where message_id is null do update
            set gone_rank = greatest(campaign_recipient.gone_rank, excluded.gone_rank))
        select distinct campaign_id from gone
        """;

    /// Deletes these, whose rows are locked first, in the order in which batches lock them.
    static void delete(DSLContext tx, Collection<Long> messages) {
        if (messages.isEmpty()) {
            return;
        }
        Long[] ids = messages.toArray(Long[]::new);
        Result<? extends Record> locked = lock(tx, messages);
        Set<Long> conversations = locked.getValues(MESSAGE.CONVERSATION_ID).stream()
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        tx.deleteFrom(MESSAGE_STATUS)
                .where(MESSAGE_STATUS.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        tx.deleteFrom(REACTION_STATEMENT)
                .where(REACTION_STATEMENT.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        tx.deleteFrom(FLOW_RESPONSE)
                .where(FLOW_RESPONSE.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        mark(
                tx,
                tx.resultQuery(KEEP_COUNTED, DSL.val(ids, SQLDataType.BIGINT.array()))
                        .fetch(0, Long.class));
        tx.deleteFrom(MESSAGE).where(MESSAGE.ID.eq(DSL.any(ids))).execute();
        Conversations.recount(tx, conversations);
    }

    /// Nothing that hangs on them can be added until the transaction ends.
    static Result<? extends Record> lock(DSLContext tx, Collection<Long> messages) {
        return tx.select(MESSAGE.CONVERSATION_ID)
                .from(MESSAGE)
                .where(MESSAGE.ID.eq(DSL.any(messages.toArray(Long[]::new))))
                .orderBy(MESSAGE.KEY)
                .forUpdate()
                .fetch();
    }

    /// The campaigns are to be counted anew.
    static void mark(DSLContext tx, List<Long> campaigns) {
        campaigns.forEach(campaign -> tx.insertInto(CAMPAIGN_DIRTY, CAMPAIGN_DIRTY.CAMPAIGN_ID)
                .values(campaign)
                .execute());
    }

    private MessageRemoval() {}
}
