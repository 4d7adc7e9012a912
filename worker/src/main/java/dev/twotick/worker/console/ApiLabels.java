package dev.twotick.worker.console;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.people.Labels;
import dev.twotick.worker.people.Labels.Label;
import dev.twotick.worker.people.People;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Labels, and whose they are, for programs.
final class ApiLabels {
    private static final int PAGE = 100;

    private final DSLContext db;
    private final AuditLog audit;

    ApiLabels(DSLContext db, AuditLog audit) {
        this.db = db;
        this.audit = audit;
    }

    /// @param account a phone_number_id of whose business it is
    record Wanted(
            @Nullable String name,
            @Nullable Long business,
            @Nullable String account) {}

    /// @param contact the one that the id leads to
    record OfContact(UUID contact, List<Label> labels) {}

    void addTo(ApiRoutes routes) {
        routes.read("/labels", (ctx, _) -> list(ctx));
        routes.write(HandlerType.POST, "/labels", this::add);
        routes.read("/contacts/{id}/labels", (ctx, _) -> ofContact(ctx, UUID.fromString(ctx.pathParam("id"))));
        routes.write(HandlerType.PUT, "/contacts/{id}/labels/{label}", this::attach);
        routes.write(HandlerType.DELETE, "/contacts/{id}/labels/{label}", this::detach);
    }

    private void list(Context ctx) {
        long after = Optional.ofNullable(ctx.queryParam("after"))
                .map(ApiRoutes::number)
                .orElse(0L);
        List<Label> labels = Labels.after(db, after, PAGE);
        ApiRoutes.json(ctx, Listed.of(labels, PAGE, Label::id));
    }

    private void add(Context ctx, Program program) {
        Wanted wanted = ApiRoutes.body(ctx, Wanted.class);
        if (wanted.name() == null) {
            throw new IllegalArgumentException("name is missing");
        }
        long business = ApiRoutes.business(db, wanted.account(), wanted.business());
        audit.asked(program.actor(), "label.add", wanted.name());
        Labels.Made made = Labels.findOrMake(db, business, wanted.name());
        ctx.status(made.isNew() ? 201 : 200);
        ApiRoutes.json(ctx, made.label());
    }

    private void attach(Context ctx, Program program) {
        UUID contact = UUID.fromString(ctx.pathParam("id"));
        long label = ApiRoutes.number(ctx.pathParam("label"));
        audit.asked(program.actor(), "label.attach", label + " " + contact);
        if (Retries.transaction(db, tx -> Labels.attach(tx, contact, label))) {
            ofContact(ctx, contact);
        } else {
            noContact(ctx);
        }
    }

    private void detach(Context ctx, Program program) {
        UUID contact = UUID.fromString(ctx.pathParam("id"));
        long label = ApiRoutes.number(ctx.pathParam("label"));
        audit.asked(program.actor(), "label.detach", label + " " + contact);
        Retries.transaction(db, tx -> {
            Labels.detach(tx, contact, label);
            return true;
        });
        ofContact(ctx, contact);
    }

    private void ofContact(Context ctx, UUID id) {
        People.remaining(db, id)
                .ifPresentOrElse(
                        contact -> ApiRoutes.json(ctx, new OfContact(contact, Labels.of(db, contact))),
                        () -> noContact(ctx));
    }

    private static void noContact(Context ctx) {
        ApiRoutes.problem(
                ctx,
                404,
                "There is no such contact, or its business has no such label",
                "contact_id of events names the contact, GET /labels the labels of each business.");
    }
}
