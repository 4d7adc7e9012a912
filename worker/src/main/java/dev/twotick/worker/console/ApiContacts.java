package dev.twotick.worker.console;

import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.privacy.Erasure;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The people, as the pages list and find them, for programs; written out and forgotten by the pages' code.
final class ApiContacts {
    private final ContactRows rows;
    private final ConversationRows conversations;
    private final Exports exports;
    private final Erasures erasures;
    private final AuditLog audit;

    ApiContacts(ContactRows rows, ConversationRows conversations, Exports exports, Erasures erasures, AuditLog audit) {
        this.rows = rows;
        this.conversations = conversations;
        this.exports = exports;
        this.erasures = erasures;
        this.audit = audit;
    }

    /// @param ids the most telling first, five at most
    record Contact(
            UUID id,
            long business,
            @Nullable String name,
            @Nullable String username,
            @Nullable String savedName,
            List<String> ids,
            Instant createdAt) {

        static Contact of(ContactRows.Contact contact) {
            return new Contact(
                    contact.id(),
                    contact.businessId(),
                    contact.name(),
                    contact.username(),
                    contact.savedName(),
                    contact.ids(),
                    contact.createdAt());
        }
    }

    /// @param contact the one that the id leads to
    record Known(
            Contact contact,
            List<ContactRows.Known> identities,
            List<ContactRows.Label> labels,
            List<ContactRows.Preference> preferences,
            List<ContactRows.Signup> signups,
            List<ApiConversations.Conversation> conversations) {}

    /// How far it is, without whom it is about.
    ///
    /// @param step what is being done, in a few words
    /// @param erased what was taken away, in rows; null: it has not come to its end
    /// @param fault it broke off, and is to be asked for again
    record Erasing(
            UUID id,
            boolean over,
            String step,
            int done,
            int steps,
            Erasure.@Nullable Erased erased,
            @Nullable String fault) {

        static Erasing of(Erasures.Run run) {
            return new Erasing(run.id(), run.isOver(), run.step(), run.done(), run.steps(), run.erased(), run.fault());
        }
    }

    void addTo(ApiRoutes routes) {
        routes.read("/contacts", (ctx, _) -> list(ctx));
        routes.read("/contacts/{id}", (ctx, _) -> one(ctx));
        routes.read("/contacts/{id}/export", this::export);
        routes.write(HandlerType.POST, "/contacts/{id}/forget", this::forget);
        routes.read("/erasures/{id}", (ctx, _) -> erasure(ctx));
    }

    /// Of a search the first ones, and no page after them.
    private void list(Context ctx) {
        String search = Form.said(ctx, "q");
        if (!search.isEmpty()) {
            List<Contact> found =
                    rows.search(search).contacts().stream().map(Contact::of).toList();
            ApiRoutes.json(ctx, new Listed<>(found, null));
            return;
        }
        Optional<ContactRows.Place> after =
                Optional.ofNullable(ctx.queryParam("after")).map(ContactRows.Place::parse);
        List<ContactRows.Contact> page = rows.after(after, ContactRows.PAGE);
        ApiRoutes.json(
                ctx,
                new Listed<>(
                        page.stream().map(Contact::of).toList(),
                        page.size() == ContactRows.PAGE ? page.getLast().place().toString() : null));
    }

    private void one(Context ctx) {
        contact(ctx).ifPresent(contact -> ApiRoutes.json(ctx, known(contact)));
    }

    /// The one that the path leads to; where there is none, that is answered.
    private Optional<ContactRows.Contact> contact(Context ctx) {
        UUID id = UUID.fromString(ctx.pathParam("id"));
        Optional<ContactRows.Contact> contact = rows.find(rows.mergedInto(id).orElse(id));
        if (contact.isEmpty()) {
            ApiRoutes.problem(ctx, 404, "There is no such contact", "contact_id of events names it.");
        }
        return contact;
    }

    private void export(Context ctx, Program program) throws IOException {
        Optional<ContactRows.Contact> contact = contact(ctx);
        if (contact.isEmpty()) {
            return;
        }
        audit.asked(program.actor(), "contact.export", contact.get().id().toString());
        if (!exports.answer(ctx, contact.get())) {
            ApiRoutes.problem(ctx, 429, "Others are being exported", "Ask again when they are.");
        }
    }

    private void forget(Context ctx, Program program) {
        Optional<ContactRows.Contact> contact = contact(ctx);
        if (contact.isEmpty()) {
            return;
        }
        UUID id = contact.get().id();
        audit.asked(program.actor(), "contact.forget", id.toString());
        if (!erasures.canErase()) {
            ApiRoutes.problem(ctx, 409, "Nobody can be erased here", "Their tombstones need TWOTICK_ENCRYPTION_KEY.");
            return;
        }
        erasures.start(rows.ids(id), contact.get().businessId())
                .ifPresentOrElse(
                        run -> {
                            ctx.status(202).header("Location", ApiRoutes.PREFIX + "/erasures/" + run.id());
                            ApiRoutes.json(ctx, Erasing.of(run));
                        },
                        () -> ApiRoutes.problem(ctx, 409, "Somebody is being erased", "Ask again when that is done."));
    }

    private void erasure(Context ctx) {
        erasures.find(ctx.pathParam("id"))
                .ifPresentOrElse(
                        run -> ApiRoutes.json(ctx, Erasing.of(run)),
                        () -> ApiRoutes.problem(
                                ctx,
                                404,
                                "This erasure is not known here",
                                "It ran in another console, or this one was started anew since. If the contact is still"
                                        + " there, forget it again; worker --forget finishes it, too."));
    }

    private Known known(ContactRows.Contact contact) {
        UUID id = contact.id();
        return new Known(
                Contact.of(contact),
                rows.identities(id),
                rows.labels(id),
                rows.preferences(id),
                rows.signups(id),
                conversations.ofContacts(List.of(id)).rows().stream()
                        .map(ApiConversations.Conversation::of)
                        .toList());
    }
}
