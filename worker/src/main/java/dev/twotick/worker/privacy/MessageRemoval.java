package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.FLOW_RESPONSE;
import static dev.twotick.db.schema.Tables.MESSAGE;
import static dev.twotick.db.schema.Tables.MESSAGE_STATUS;
import static dev.twotick.db.schema.Tables.REACTION_STATEMENT;

import dev.twotick.worker.messages.ConversationChanges;
import dev.twotick.worker.messages.Messages;
import java.util.Collection;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// Takes messages away with everything that hangs on them. What a campaign counts stays counted. The files of their
/// media
/// are listed in `media_removal`, for a worker with the role `media`.
public final class MessageRemoval {

    // A planned name takes over what its messages had reached; each other one stays as a recipient without a name.
    private static final String UNLINK = """
        with gone as (
            delete from campaign_recipient r where r.message_id is not null and {0}
            returning r.campaign_id, r.recipient, r.wa_id, r.user_id, r.status_rank),
        known as (
            select g.campaign_id, p.id as planned, g.status_rank
            from gone g left join campaign_recipient p on p.campaign_id = g.campaign_id and p.message_id is null
                and (p.recipient in (g.recipient, g.wa_id, g.user_id)
                    or p.other_spelling in (g.recipient, g.wa_id, g.user_id))),
        nameless as (
            insert into campaign_recipient (campaign_id, status_rank, gone_rank)
            select campaign_id, status_rank, status_rank from known where planned is null),
        kept as (
            update campaign_recipient c set gone_rank = greatest(c.gone_rank, k.rank)
            from (select planned, max(status_rank) as rank from known group by planned) k
            where c.id = k.planned)
        insert into campaign_dirty (campaign_id) select distinct campaign_id from gone
        """;

    // A file that somebody may be fetching goes when their lease has ended: nothing appears after it.
    private static final String MEDIA = """
        with gone as (
            delete from media where message_id = any ({0}) returning location, coalesce(leased_until, now()) as due_at)
        insert into media_removal (location, due_at) select location, due_at from gone where location is not null
        on conflict do nothing
        """;

    /// Deletes these, whose rows are locked first, in the order in which batches lock them.
    public static void delete(DSLContext tx, Collection<Long> messages) {
        if (messages.isEmpty()) {
            return;
        }
        Long[] ids = messages.toArray(Long[]::new);
        ConversationChanges conversations = new ConversationChanges(tx);
        Messages.lock(tx, messages).forEach(conversations::removed);
        tx.deleteFrom(MESSAGE_STATUS)
                .where(MESSAGE_STATUS.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        tx.deleteFrom(REACTION_STATEMENT)
                .where(REACTION_STATEMENT.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        tx.deleteFrom(FLOW_RESPONSE)
                .where(FLOW_RESPONSE.MESSAGE_ID.eq(DSL.any(ids)))
                .execute();
        tx.execute(MEDIA, DSL.val(ids, SQLDataType.BIGINT.array()));
        unlink(tx, DSL.condition("r.message_id = any ({0})", DSL.val(ids, SQLDataType.BIGINT.array())));
        tx.deleteFrom(MESSAGE).where(MESSAGE.ID.eq(DSL.any(ids))).execute();
        conversations.count();
    }

    /// Takes messages out of their campaigns, which go on to count what they had reached.
    ///
    /// @param which of `campaign_recipient r`
    static void unlink(DSLContext tx, Condition which) {
        tx.execute(UNLINK, which);
    }

    private MessageRemoval() {}
}
