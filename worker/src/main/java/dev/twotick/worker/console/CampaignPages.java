package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.BUSINESS;
import static dev.twotick.db.schema.Tables.CAMPAIGN;

import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Campaigns, the newest first, and what they have reached, as it moves.
final class CampaignPages {
    private static final int PAGE = 50;

    private final DSLContext db;
    private final Html html;

    CampaignPages(DSLContext db, Html html) {
        this.db = db;
        this.html = html;
    }

    /// @param total recipients; null: more may come, as it is not sealed
    record Campaign(
            long id,
            String key,
            @Nullable String name,
            String business,
            @Nullable Integer total,
            int sent,
            int delivered,
            int read,
            int failed,
            Instant createdAt,
            @Nullable Instant sealedAt,
            @Nullable Instant completedAt) {

        String state() {
            return completedAt != null ? "complete" : sealedAt != null ? "sealed" : "open";
        }

        /// Of all, as far as they are known.
        int most() {
            return Math.max(1, total == null ? sent + failed : total);
        }
    }

    /// @param more before which campaign the list goes on; null: it ends
    /// @param moving whether any may move
    record ListPage(List<Campaign> campaigns, @Nullable Long more, boolean moving) {}

    void addTo(Routes routes) {
        routes.read("/campaigns", this::list);
        routes.read("/campaigns/{id}", this::one);
    }

    private void list(Context ctx, Visitor visitor) {
        List<Campaign> campaigns =
                fetch(CAMPAIGN.ID.lt(Form.number(ctx, "before").orElse(Long.MAX_VALUE)));
        html.show(
                ctx,
                visitor,
                "campaigns",
                "Campaigns",
                "campaigns",
                new ListPage(
                        campaigns,
                        campaigns.size() == PAGE ? campaigns.getLast().id() : null,
                        campaigns.stream().anyMatch(campaign -> campaign.completedAt() == null)));
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<Campaign> campaign = Form.number(ctx.pathParam("id"))
                .flatMap(id -> fetch(CAMPAIGN.ID.eq(id)).stream().findFirst());
        if (campaign.isPresent()) {
            String title = Objects.requireNonNullElse(
                    campaign.get().name(), campaign.get().key());
            html.show(ctx, visitor, "campaigns", title, "campaign", campaign.get());
        } else {
            html.say(ctx, visitor, 404, "There is no such campaign", "A campaign is made by its first recipients.");
        }
    }

    private List<Campaign> fetch(Condition which) {
        return db.select(CAMPAIGN.fields())
                .select(BUSINESS.NAME.as("business"))
                .from(CAMPAIGN)
                .join(BUSINESS)
                .on(BUSINESS.ID.eq(CAMPAIGN.BUSINESS_ID))
                .where(which)
                .orderBy(CAMPAIGN.ID.desc())
                .limit(PAGE)
                .fetch(CampaignPages::campaign);
    }

    private static Campaign campaign(Record row) {
        return new Campaign(
                row.get(CAMPAIGN.ID),
                row.get(CAMPAIGN.KEY),
                row.get(CAMPAIGN.NAME),
                row.get("business", String.class),
                row.get(CAMPAIGN.TOTAL),
                row.get(CAMPAIGN.SENT),
                row.get(CAMPAIGN.DELIVERED),
                row.get(CAMPAIGN.READ),
                row.get(CAMPAIGN.FAILED),
                row.get(CAMPAIGN.CREATED_AT),
                row.get(CAMPAIGN.SEALED_AT),
                row.get(CAMPAIGN.COMPLETED_AT));
    }
}
