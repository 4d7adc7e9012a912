package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.BUSINESS;

import dev.twotick.worker.campaigns.CampaignView;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.DSLContext;
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

    /// @param business its name
    record Campaign(CampaignView counts, String business) {
        String name() {
            return Objects.requireNonNullElse(counts.name(), counts.key());
        }

        String state() {
            return counts.completedAt() != null ? "complete" : counts.sealedAt() != null ? "sealed" : "open";
        }

        /// Of all, as far as they are known.
        int most() {
            Integer total = counts.total();
            return Math.max(1, total == null ? counts.sent() + counts.failed() : total);
        }
    }

    /// @param more before which campaign the list goes on; null: it ends
    record ListPage(List<Campaign> campaigns, @Nullable Long more) {}

    void addTo(Routes routes) {
        routes.read("/campaigns", this::list);
        routes.read("/campaigns/{id}", this::one);
    }

    private void list(Context ctx, Visitor visitor) {
        List<CampaignView> campaigns =
                CampaignView.before(db, Form.number(ctx, "before").orElse(Long.MAX_VALUE), PAGE);
        html.show(
                ctx,
                visitor,
                "campaigns",
                "Campaigns",
                "campaigns",
                new ListPage(
                        named(campaigns),
                        campaigns.size() == PAGE ? campaigns.getLast().id() : null));
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<CampaignView> found = Form.number(ctx.pathParam("id")).flatMap(id -> CampaignView.find(db, id));
        if (found.isPresent()) {
            Campaign campaign = named(List.of(found.get())).getFirst();
            html.show(ctx, visitor, "campaigns", campaign.name(), "campaign", campaign);
        } else {
            html.say(ctx, visitor, 404, "There is no such campaign", "A campaign is made by its first recipients.");
        }
    }

    private List<Campaign> named(List<CampaignView> campaigns) {
        Map<Long, String> names = db.select(BUSINESS.ID, BUSINESS.NAME)
                .from(BUSINESS)
                .where(BUSINESS.ID.in(
                        campaigns.stream().map(CampaignView::business).toList()))
                .fetchMap(BUSINESS.ID, BUSINESS.NAME);
        return campaigns.stream()
                .map(campaign -> new Campaign(campaign, names.getOrDefault(campaign.business(), "")))
                .toList();
    }
}
