package dev.twotick.worker.campaigns;

import static dev.twotick.db.schema.Tables.CAMPAIGN;
import static dev.twotick.db.schema.Tables.CAMPAIGN_DIRTY;

import dev.twotick.worker.batch.EventData;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.Outbox;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Counts campaigns whose recipients have moved, and completes those that are done.
///
/// **Who counts.** A campaign is a set of messages and a set of planned names. A message names its recipient by up to
/// three words: what the file said of it, and the wa_id and user id of its statuses. A planned number may be named in
/// its other spelling.
/// - A planned name is one recipient. Its status is the highest of the messages that name it.
/// - Each message that names nobody who is planned is a recipient of its own.
///
/// So a planned recipient and the message to them are one, and as only the two sets decide, the totals do not depend
/// on what came first.
///
/// **Complete** is a sealed campaign with at least one recipient, and as many as its declared total, when each of them
/// is sent or failed, or further. Recounts of one campaign follow each other (its row is locked); the marks are taken
/// away before the counting, so that whoever commits meanwhile leaves one for the next time.
public final class CampaignTotals {
    private static final String COUNT = """
        with r as materialized (
            select message_id, recipient, other_spelling, wa_id, user_id, status_rank, gone_rank
            from campaign_recipient where campaign_id = {0}),
        planned as materialized (
            select recipient, other_spelling, gone_rank from r where message_id is null and recipient is not null),
        spelled as materialized (
            select recipient, recipient as name from planned
            union all select recipient, other_spelling from planned where other_spelling is not null),
        named as materialized (
            select distinct r.message_id, p.recipient as name, r.status_rank
            from r cross join lateral (values (r.recipient), (r.wa_id), (r.user_id)) n (name)
            join spelled p on p.name = n.name
            where r.message_id is not null),
        people as (
            select p.recipient as who, greatest(p.gone_rank, max(n.status_rank)) as rank, true as planned
            from planned p left join named n on n.name = p.recipient group by p.recipient, p.gone_rank
            union all
            select null, greatest(status_rank, gone_rank), false from r
            where case when message_id is null then recipient is null
                else message_id not in (select message_id from named) end)\
        """;

    // with the word of each rank, so that a planned row shows what it is counted as
    private static final String UPDATE = COUNT + """
        , shown as (
            update campaign_recipient c
            set status_rank = people.rank,
                status = (array['pending', 'sent', 'failed', 'delivered', 'read', 'played'])[people.rank + 1]
            from people
            where people.planned and c.campaign_id = {0} and c.message_id is null and c.recipient = people.who
                and c.status_rank <> people.rank)
        , totals as (
            select count(*)::int as recipients,
                count(*) filter (where rank >= 1)::int as finished,
                count(*) filter (where rank >= 1 and rank <> 2)::int as sent,
                count(*) filter (where rank >= 3)::int as delivered,
                count(*) filter (where rank >= 4)::int as read,
                count(*) filter (where rank = 2)::int as failed
            from people)
        update campaign c
        set sent = t.sent, delivered = t.delivered, read = t.read, failed = t.failed,
            total = case when c.sealed_at is not null then greatest(t.recipients, c.declared_total) end,
            completed_at = coalesce(c.completed_at, case when c.sealed_at is not null and t.recipients > 0
                and t.finished >= greatest(t.recipients, c.declared_total) then clock_timestamp() end)
        from totals t
        where c.id = {0}
        returning c.business_id, c.key, t.recipients, c.total, c.sent, c.delivered, c.read, c.failed, c.sealed_at, c.completed_at
        """;

    private final DSLContext database;
    private final Outbox outbox;

    public CampaignTotals(DSLContext database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
    }

    /// How a campaign stands, in recipients: who has read is among the delivered, and they among the sent; the
    /// failed are in none of these.
    ///
    /// @param business   `business.id`
    /// @param recipients distinct, so far
    /// @param total      of a sealed one, how many there are or will be
    /// @param sent       sent or further
    /// @param delivered  delivered or further
    /// @param read       read or played
    /// @param failed     and nothing further is known of any message to them
    /// @param completedAt when each was sent or failed; what moves afterwards still counts
    public record Totals(
            long business,
            String key,
            int recipients,
            @Nullable Integer total,
            int sent,
            int delivered,
            int read,
            int failed,
            boolean sealed,
            @Nullable Instant completedAt) {}

    /// Campaigns that wait to be counted.
    public List<Long> dirty() {
        return database.selectDistinct(CAMPAIGN_DIRTY.CAMPAIGN_ID)
                .from(CAMPAIGN_DIRTY)
                .orderBy(CAMPAIGN_DIRTY.CAMPAIGN_ID)
                .fetch(CAMPAIGN_DIRTY.CAMPAIGN_ID);
    }

    /// Counts one campaign; if that completes it, raises `campaign.completed` in the same transaction.
    ///
    /// @return empty when there is no such campaign
    public Optional<Totals> recount(long campaign) {
        return Retries.transaction(database, tx -> {
            Record locked = tx.select(CAMPAIGN.COMPLETED_AT)
                    .from(CAMPAIGN)
                    .where(CAMPAIGN.ID.eq(campaign))
                    .forNoKeyUpdate()
                    .fetchOne();
            if (locked == null) {
                return Optional.empty();
            }
            tx.deleteFrom(CAMPAIGN_DIRTY)
                    .where(CAMPAIGN_DIRTY.CAMPAIGN_ID.eq(campaign))
                    .execute();
            Totals totals = totals(Objects.requireNonNull(
                    tx.resultQuery(UPDATE, org.jooq.impl.DSL.val(campaign)).fetchOne(), "its row is locked"));
            if (locked.get(CAMPAIGN.COMPLETED_AT) == null && totals.completedAt() != null) {
                outbox.enqueue(tx, List.of(completed(totals, totals.completedAt())), 0);
            }
            return Optional.of(totals);
        });
    }

    private static Totals totals(Record row) {
        return new Totals(
                row.get("business_id", long.class),
                row.get("key", String.class),
                row.get("recipients", int.class),
                row.get("total", Integer.class),
                row.get("sent", int.class),
                row.get("delivered", int.class),
                row.get("read", int.class),
                row.get("failed", int.class),
                row.get("sealed_at") != null,
                row.get("completed_at", Instant.class));
    }

    /// Its fact key is the campaign's: completed again after a restore, it is the same event.
    private static HookEvent completed(Totals totals, Instant at) {
        String data = new EventData()
                .with("campaign", totals.key())
                .with("business", totals.business())
                .with("sent", totals.sent())
                .with("delivered", totals.delivered())
                .with("read", totals.read())
                .with("failed", totals.failed())
                .with("total", totals.total())
                .done();
        String fact = "campaign:" + totals.business() + ':' + totals.key();
        return new HookEvent("campaign.completed", fact, null, null, at, data);
    }
}
