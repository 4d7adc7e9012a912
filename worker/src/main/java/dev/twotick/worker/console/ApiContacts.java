package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The people, as the pages list and find them, for programs.
final class ApiContacts {
    private final ContactRows rows;
    private final ConversationRows conversations;

    ApiContacts(ContactRows rows, ConversationRows conversations) {
        this.rows = rows;
        this.conversations = conversations;
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

    void addTo(ApiRoutes routes) {
        routes.read("/contacts", (ctx, _) -> list(ctx));
        routes.read("/contacts/{id}", (ctx, _) -> one(ctx));
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
        UUID id = UUID.fromString(ctx.pathParam("id"));
        UUID remaining = rows.mergedInto(id).orElse(id);
        rows.find(remaining)
                .ifPresentOrElse(
                        contact -> ApiRoutes.json(ctx, known(contact)),
                        () -> ApiRoutes.problem(
                                ctx, 404, "There is no such contact", "contact_id of events names it."));
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
