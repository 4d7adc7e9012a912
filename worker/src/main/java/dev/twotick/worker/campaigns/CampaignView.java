package dev.twotick.worker.campaigns;

import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A campaign, as it was counted last: the upkeep job `campaign-counts` follows what moves it.
///
/// @param business  `business.id`
/// @param total     of a sealed one, how many recipients there are or will be
/// @param sent      recipients: sent or further
/// @param delivered delivered or further
/// @param read      read or played
/// @param failed    and nothing further is known of any message to them
public record CampaignView(
        long id,
        long business,
        String key,
        @Nullable String name,
        @Nullable Integer total,
        int sent,
        int delivered,
        int read,
        int failed,
        @Nullable Instant sealedAt,
        @Nullable Instant completedAt,
        Instant createdAt) {
    private static final String COLUMNS = "select id, business_id, key, name, total, sent, delivered, read, failed,"
            + " sealed_at, completed_at, created_at from campaign";

    private static final String LIST = COLUMNS + " where id < {0} order by id desc limit {1}";

    private static final String ONE = COLUMNS + " where id = {0}";

    /// The newest first.
    ///
    /// @param before a campaign's id, exclusive
    public static List<CampaignView> before(DSLContext db, long before, int limit) {
        return db.resultQuery(LIST, val(before), val(limit)).fetch(CampaignView::of);
    }

    public static Optional<CampaignView> find(DSLContext db, long id) {
        return db.resultQuery(ONE, val(id)).fetchOptional(CampaignView::of);
    }

    private static CampaignView of(Record row) {
        return new CampaignView(
                row.get("id", Long.class),
                row.get("business_id", Long.class),
                row.get("key", String.class),
                row.get("name", String.class),
                row.get("total", Integer.class),
                row.get("sent", Integer.class),
                row.get("delivered", Integer.class),
                row.get("read", Integer.class),
                row.get("failed", Integer.class),
                row.get("sealed_at", Instant.class),
                row.get("completed_at", Instant.class),
                row.get("created_at", Instant.class));
    }
}
