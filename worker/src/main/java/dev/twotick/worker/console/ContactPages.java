package dev.twotick.worker.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.people.Labels;
import dev.twotick.worker.people.Labels.Label;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// The people: a list by name, each with all that is known of them, written out for them, and forgotten.
final class ContactPages {
    private final ContactRows rows;
    private final ConversationRows conversations;
    private final DSLContext db;
    private final Exports exports;
    private final Erasures erasures;
    private final AuditLog audit;
    private final Html html;

    ContactPages(
            ContactRows rows,
            ConversationRows conversations,
            DSLContext db,
            Exports exports,
            Erasures erasures,
            AuditLog audit,
            Html html) {
        this.rows = rows;
        this.conversations = conversations;
        this.db = db;
        this.exports = exports;
        this.erasures = erasures;
        this.audit = audit;
        this.html = html;
    }

    /// @param all false: more were found than these
    /// @param more after which place the list goes on; null: it ends
    record ListPage(
            String search,
            List<ContactRows.Contact> contacts,
            boolean all,
            @Nullable String more) {}

    /// @param canForget false: there is no TWOTICK_ENCRYPTION_KEY
    record OnePage(
            ContactRows.Contact contact,
            List<ContactRows.Known> identities,
            List<ContactRows.Label> labels,
            List<ContactRows.Preference> preferences,
            List<ContactRows.Signup> signups,
            List<ConversationRow> conversations,
            boolean canForget) {}

    void addTo(Routes routes) {
        routes.read("/contacts", this::list);
        routes.read("/contacts/{id}", this::one);
        routes.write("/contacts/{id}/labels", this::attach);
        routes.write("/contacts/{id}/labels/{label}/detach", this::detach);
        routes.own("/contacts/{id}/export", this::export);
        routes.write("/contacts/{id}/forget", this::forget);
        routes.read("/erasures/{id}", this::erasure);
    }

    private void list(Context ctx, Visitor visitor) {
        String search = Form.said(ctx, "q");
        if (!search.isEmpty()) {
            ContactRows.Found found = rows.search(search);
            ListPage page = new ListPage(search, found.contacts(), found.all(), null);
            html.show(ctx, visitor, "contacts", "Contacts", "contacts", page);
            return;
        }
        Optional<ContactRows.Place> after =
                Optional.ofNullable(ctx.queryParam("after")).map(ContactRows.Place::parse);
        List<ContactRows.Contact> contacts = rows.after(after, ContactRows.PAGE);
        String more = contacts.size() == ContactRows.PAGE
                ? URLEncoder.encode(contacts.getLast().place().toString(), UTF_8)
                : null;
        html.show(ctx, visitor, "contacts", "Contacts", "contacts", new ListPage(search, contacts, true, more));
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<ContactRows.Contact> contact = contact(ctx, visitor);
        if (contact.isEmpty()) {
            return;
        }
        UUID id = contact.get().id();
        html.show(
                ctx,
                visitor,
                "contacts",
                contact.get().called(),
                "contact",
                new OnePage(
                        contact.get(),
                        rows.identities(id),
                        rows.labels(id),
                        rows.preferences(id),
                        rows.signups(id),
                        conversations.ofContacts(List.of(id)).rows(),
                        erasures.canErase()));
    }

    /// Where there is none any more, the answer is given: the one that it proved to be, or that there is none.
    private Optional<ContactRows.Contact> contact(Context ctx, Visitor visitor) {
        UUID id = id(ctx);
        Optional<ContactRows.Contact> contact = rows.find(id);
        if (contact.isEmpty()) {
            rows.mergedInto(id)
                    .ifPresentOrElse(
                            into -> Routes.seeOther(ctx, "/contacts/" + into),
                            () -> html.say(
                                    ctx,
                                    visitor,
                                    404,
                                    "There is no such contact",
                                    "Somebody who was forgotten is found no more."));
        }
        return contact;
    }

    private static UUID id(Context ctx) {
        return UUID.fromString(ctx.pathParam("id").toLowerCase(Locale.ROOT));
    }

    private void attach(Context ctx, Visitor visitor) {
        Optional<ContactRows.Contact> contact = contact(ctx, visitor);
        if (contact.isEmpty()) {
            return;
        }
        UUID id = contact.get().id();
        long business = contact.get().businessId();
        String name = Form.said(ctx, "label");
        Retries.transaction(db, tx -> {
            Label label = Labels.findOrMake(tx, business, name).label();
            AuditLog.asked(tx, visitor.actor(), "label.attach", label.id() + " " + id);
            return Labels.attach(tx, id, label.id());
        });
        Routes.seeOther(ctx, "/contacts/" + id);
    }

    private void detach(Context ctx, Visitor visitor) {
        UUID id = id(ctx);
        long label = Form.number(ctx.pathParam("label")).orElseThrow(NotFoundResponse::new);
        audit.asked(visitor.actor(), "label.detach", label + " " + id);
        Retries.transaction(db, tx -> {
            Labels.detach(tx, id, label);
            return true;
        });
        Routes.seeOther(ctx, "/contacts/" + id);
    }

    private void export(Context ctx, Visitor visitor) throws IOException {
        Optional<ContactRows.Contact> contact = contact(ctx, visitor);
        if (contact.isEmpty()) {
            return;
        }
        audit.asked(visitor.actor(), "contact.export", contact.get().id().toString());
        if (!exports.answer(ctx, contact.get())) {
            html.say(ctx, visitor, 429, "Others are being exported", "Try it again when they are.");
        }
    }

    private void forget(Context ctx, Visitor visitor) {
        Optional<ContactRows.Contact> contact = contact(ctx, visitor);
        if (contact.isEmpty()) {
            return;
        }
        if (!Form.said(ctx, "sure").equalsIgnoreCase("forget")) {
            throw new IllegalArgumentException("You did not type forget: nothing was erased");
        }
        audit.asked(visitor.actor(), "contact.forget", contact.get().id().toString());
        UUID id = contact.get().id();
        Erasures.Run run = erasures.start(rows.ids(id), contact.get().businessId())
                .orElseThrow(() -> new IllegalArgumentException("Somebody is being erased: wait until that is done"));
        Routes.seeOther(ctx, "/erasures/" + run.id());
    }

    private void erasure(Context ctx, Visitor visitor) {
        Optional<Erasures.Run> run = erasures.find(ctx.pathParam("id"));
        if (run.isPresent()) {
            html.show(ctx, visitor, "contacts", "Erasure", "erasure", run.get());
        } else {
            html.say(
                    ctx,
                    visitor,
                    404,
                    "This erasure is not known here",
                    "It ran in another console, or this one was started anew since. If the contact is still there,"
                            + " forget it again; worker --forget finishes it, too.");
        }
    }
}
