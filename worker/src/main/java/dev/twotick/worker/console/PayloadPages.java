package dev.twotick.worker.console;

import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.model.payload.PayloadId;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What Meta sent: a list, each payload with all that became of it, and both replayed.
final class PayloadPages {
    /// A payload that a worker takes at once has its outcome by then.
    private static final Duration SOON = Duration.ofSeconds(3);

    private final PayloadRows rows;
    private final PayloadDetails details;
    private final Replays replays;
    private final AuditLog audit;
    private final Html html;
    private final InstantSource clock;

    PayloadPages(
            PayloadRows rows, PayloadDetails details, Replays replays, AuditLog audit, Html html, InstantSource clock) {
        this.rows = rows;
        this.details = details;
        this.replays = replays;
        this.audit = audit;
        this.html = html;
        this.clock = clock;
    }

    /// @param older the query of the next page
    /// @param replayable the whole of it can be replayed by this filter
    record ListPage(
            PayloadFilter filter,
            String search,
            List<PayloadRow> rows,
            @Nullable String older,
            boolean full,
            boolean replayable,
            @Nullable String problem,
            boolean mayWrite,
            String csrf) {

        Map<String, String> states() {
            return PayloadFilter.STATES;
        }
    }

    record OnePage(PayloadDetail payload, boolean mayWrite, String csrf) {}

    void addTo(Routes routes) {
        routes.read("/payloads", this::list);
        routes.read("/payloads/{id}", this::one);
        routes.read("/payloads/{id}/body", this::body);
        routes.write("/payloads/{id}/replay", this::replayOne);
        routes.write("/payloads/replay", this::replayAll);
    }

    private void list(Context ctx, Visitor visitor) {
        String search = ctx.queryParam("q") == null ? "" : ctx.queryParam("q").strip();
        if (search.isEmpty()) {
            filtered(ctx, visitor);
        } else {
            PayloadRows.Page found = rows.search(search);
            show(ctx, visitor, PayloadFilter.none(), search, found.rows(), null, found.full(), null);
        }
    }

    private void filtered(Context ctx, Visitor visitor) {
        PayloadFilter filter;
        Optional<UUID> before;
        try {
            filter = PayloadFilter.of(ctx, clock.instant());
            before = Optional.ofNullable(ctx.queryParam("before")).map(UUID::fromString);
        } catch (IllegalArgumentException e) {
            ctx.status(400);
            show(ctx, visitor, PayloadFilter.none(), "", List.of(), null, true, e.getMessage());
            return;
        }
        PayloadRows.Page page = rows.page(filter, before);
        String older = page.next()
                .map(id -> filter.query() + (filter.query().isEmpty() ? "" : "&") + "before=" + id)
                .orElse(null);
        show(ctx, visitor, filter, "", page.rows(), older, page.full(), null);
    }

    private void show(
            Context ctx,
            Visitor visitor,
            PayloadFilter filter,
            String search,
            List<PayloadRow> found,
            @Nullable String older,
            boolean full,
            @Nullable String problem) {
        boolean replayable = visitor.mayWrite()
                && search.isEmpty()
                && !found.isEmpty()
                && selection(filter).isPresent();
        html.show(
                ctx,
                visitor,
                "payloads",
                "Payloads",
                "payloads",
                new ListPage(
                        filter, search, found, older, full, replayable, problem, visitor.mayWrite(), visitor.csrf()));
    }

    private static Optional<PayloadSelection> selection(PayloadFilter filter) {
        try {
            return filter.selection();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // it ends before it begins
        }
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<PayloadDetail> detail = id(ctx).flatMap(id -> details.of(id.value()));
        if (detail.isEmpty()) {
            notThere(ctx, visitor);
            return;
        }
        html.show(
                ctx,
                visitor,
                "payloads",
                "Payload",
                "payload",
                new OnePage(detail.get(), visitor.mayWrite(), visitor.csrf()));
    }

    /// As a file, so that no browser takes what somebody wrote for a page of ours.
    private void body(Context ctx, Visitor visitor) {
        Optional<byte[]> body = id(ctx).flatMap(id -> details.body(id.value()));
        if (body.isEmpty()) {
            notThere(ctx, visitor);
            return;
        }
        ctx.contentType("application/octet-stream")
                .header("Content-Disposition", "attachment; filename=\"" + ctx.pathParam("id") + ".json\"")
                .result(body.get());
    }

    private void replayOne(Context ctx, Visitor visitor) throws InterruptedException {
        Optional<PayloadId> id = id(ctx);
        if (id.isEmpty()) {
            notThere(ctx, visitor);
            return;
        }
        audit.asked(visitor.actor(), "payload.replay", id.get().toString());
        PayloadSelection selection =
                new PayloadSelection(Set.of(id.get()), Optional.empty(), Optional.empty(), false, Set.of());
        Replays.Run run = replays.start("payload " + id.get(), selection);
        boolean done = run.awaitEnd(SOON) && !run.hasFailed();
        Routes.seeOther(ctx, done ? "/payloads/" + id.get() : "/replays/" + run.id());
    }

    private void replayAll(Context ctx, Visitor visitor) {
        PayloadFilter filter = PayloadFilter.of(ctx, clock.instant());
        PayloadSelection selection = filter.selection()
                .orElseThrow(() -> new IllegalArgumentException("a replay cannot choose by this filter"));
        audit.asked(visitor.actor(), "payload.replay", filter.isEmpty() ? "all" : filter.query());
        Replays.Run run = replays.start(filter.isEmpty() ? "all payloads" : "payloads of " + filter.query(), selection);
        Routes.seeOther(ctx, "/replays/" + run.id());
    }

    private static Optional<PayloadId> id(Context ctx) {
        try {
            return Optional.of(PayloadId.parse(ctx.pathParam("id")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private void notThere(Context ctx, Visitor visitor) {
        html.say(
                ctx,
                visitor,
                404,
                "There is no such payload",
                "Payloads are kept for TWOTICK_RETENTION_LOG_DAYS, and are named by their id.");
    }
}
