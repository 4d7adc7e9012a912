package dev.twotick.worker.console;

import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.campaigns.CampaignFill.Line;
import dev.twotick.worker.campaigns.CampaignView;
import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.interpret.RecipientLine;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Campaigns for programs: what `worker --campaign` is for whoever has a shell.
final class ApiCampaigns {
    private static final int PAGE = 100;

    private final DSLContext db;
    private final CampaignFill fill;
    private final AuditLog audit;

    ApiCampaigns(DSLContext db, CampaignFill fill, AuditLog audit) {
        this.db = db;
        this.fill = fill;
        this.audit = audit;
    }

    /// @param account a phone_number_id of whose business it is
    record New(
            @Nullable String key,
            @Nullable String name,
            @Nullable Long business,
            @Nullable String account) {}

    /// @param total how many recipients there will be; null: as many as are named by now
    record Seal(@Nullable Integer total) {}

    void addTo(ApiRoutes routes) {
        routes.read("/campaigns", (ctx, _) -> list(ctx));
        routes.write(HandlerType.POST, "/campaigns", this::open);
        routes.read("/campaigns/{campaign}", (ctx, _) -> show(ctx));
        routes.lines("/campaigns/{campaign}/recipients", this::recipients);
        routes.write(HandlerType.POST, "/campaigns/{campaign}/seal", this::seal);
    }

    private void list(Context ctx) {
        List<CampaignView> campaigns = CampaignView.before(db, ApiRoutes.before(ctx), PAGE);
        ApiRoutes.json(ctx, Listed.of(campaigns, PAGE, CampaignView::id));
    }

    private Optional<CampaignView> campaign(Context ctx) {
        return CampaignView.find(db, ApiRoutes.number(ctx.pathParam("campaign")));
    }

    private void show(Context ctx) {
        campaign(ctx).ifPresentOrElse(campaign -> ApiRoutes.json(ctx, campaign), () -> noCampaign(ctx));
    }

    /// The same key again is the same campaign.
    private void open(Context ctx, Program program) {
        New wanted = ApiRoutes.body(ctx, New.class);
        if (wanted.key() == null) {
            throw new IllegalArgumentException("key is missing");
        }
        if (wanted.name() != null) {
            CampaignFill.checkName(wanted.name());
        }
        long business = ApiRoutes.business(db, wanted.account(), wanted.business());
        audit.asked(program.actor(), "campaign.open", wanted.key());
        long campaign = fill.open(business, wanted.key());
        if (wanted.name() != null) {
            fill.name(campaign, wanted.name());
        }
        ctx.status(201).header("Location", ApiRoutes.PREFIX + "/campaigns/" + campaign);
        ApiRoutes.json(ctx, CampaignView.find(db, campaign).orElseThrow());
    }

    private void seal(Context ctx, Program program) {
        Integer total = ctx.bodyAsBytes().length == 0
                ? null
                : ApiRoutes.body(ctx, Seal.class).total();
        if (total != null && total < 1) {
            throw new IllegalArgumentException("total is how many recipients there will be, one at least");
        }
        Optional<CampaignView> campaign = campaign(ctx);
        if (campaign.isEmpty()) {
            noCampaign(ctx);
            return;
        }
        audit.asked(program.actor(), "campaign.seal", campaign.get().key());
        fill.seal(campaign.get().id(), total);
        show(ctx);
    }

    private void recipients(Context ctx, Program program) throws IOException {
        Optional<CampaignView> campaign = campaign(ctx);
        if (campaign.isEmpty()) {
            noCampaign(ctx);
            return;
        }
        audit.asked(program.actor(), "campaign.fill", campaign.get().key());
        Optional<Long> business = Optional.of(campaign.get().business());
        String key = campaign.get().key();
        ApiRoutes.json(
                ctx,
                JsonLines.take(
                        ctx.bodyInputStream(),
                        (place, text) -> new Line(place, RecipientLine.parse(text)),
                        lines -> fill.add(business, key, lines).refused()));
    }

    private static void noCampaign(Context ctx) {
        ApiRoutes.problem(ctx, 404, "There is no such campaign", "GET /campaigns has their ids.");
    }
}
