package dev.twotick.worker.console;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.messages.ReadMarks;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Who writes with whom: a list, and each conversation as people know it.
final class ConversationPages {
    private final ConversationRows rows;
    private final ConversationMessages messages;
    private final ContactRows contacts;
    private final DSLContext db;
    private final Html html;

    ConversationPages(ConversationRows rows, ContactRows contacts, DSLContext db, Html html) {
        this.rows = rows;
        this.messages = new ConversationMessages(db);
        this.contacts = contacts;
        this.db = db;
        this.html = html;
    }

    /// @param older the query of the next page; null: there is none
    record ListPage(
            String search,
            String account,
            boolean unreadOnly,
            List<ConversationRow> rows,
            @Nullable String older,
            boolean full) {}

    /// @param newest false: it was paged back
    /// @param readUpTo when the newest message of the page was received, which is what whoever reads it has read
    record OnePage(
            ConversationRow conversation,
            List<Bubble.Placed> bubbles,
            ConversationMessages.@Nullable Place older,
            boolean newest,
            @Nullable Instant readUpTo) {}

    void addTo(Routes routes) {
        routes.read("/conversations", this::list);
        routes.read("/conversations/{id}", this::one);
        routes.write("/conversations/{id}/read", this::markRead);
    }

    private void list(Context ctx, Visitor visitor) {
        String search = Form.said(ctx, "q");
        String account = Form.said(ctx, "account");
        boolean unread = !Form.said(ctx, "unread").isEmpty();
        ConversationRows.Page page = search.isEmpty()
                ? rows.page(account, unread, Form.number(ctx, "before"))
                : found(contacts.search(search));
        String older = page.older() == null ? null : query(account, unread) + "before=" + page.older();
        html.show(
                ctx,
                visitor,
                "conversations",
                "Conversations",
                "conversations",
                new ListPage(search, account, unread, page.rows(), older, page.full()));
    }

    private ConversationRows.Page found(ContactRows.Found people) {
        ConversationRows.Page theirs = rows.ofContacts(
                people.contacts().stream().map(ContactRows.Contact::id).toList());
        return new ConversationRows.Page(theirs.rows(), null, theirs.full() && people.all());
    }

    private static String query(String account, boolean unread) {
        String of = account.isEmpty() ? "" : "account=" + URLEncoder.encode(account, StandardCharsets.UTF_8) + "&";
        return of + (unread ? "unread=1&" : "");
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<ConversationRow> found = Form.number(ctx.pathParam("id")).flatMap(rows::find);
        if (found.isEmpty()) {
            html.say(
                    ctx,
                    visitor,
                    404,
                    "There is no such conversation",
                    "It may have become another's, when two contacts proved to be one: look for its contact.");
            return;
        }
        Optional<ConversationMessages.Place> before =
                Optional.ofNullable(ctx.queryParam("before")).map(ConversationMessages.Place::parse);
        ConversationMessages.Page page = messages.page(found.get(), before);
        html.show(
                ctx,
                visitor,
                "conversations",
                found.get().title(),
                "conversation",
                new OnePage(
                        found.get(),
                        Bubble.Placed.all(page.bubbles()),
                        page.older(),
                        before.isEmpty(),
                        page.bubbles().stream()
                                .map(Bubble::liveAt)
                                .filter(Objects::nonNull)
                                .max(Instant::compareTo)
                                .orElse(null)));
    }

    /// It comes as often as messages do, so it is not in the audit log.
    private void markRead(Context ctx, Visitor visitor) {
        long id = Form.number(ctx.pathParam("id")).orElseThrow(NotFoundResponse::new);
        String upTo = Form.said(ctx, "up_to");
        Instant seen = upTo.isEmpty() ? null : PayloadFilter.exactTime(upTo);
        Retries.transaction(db, tx -> ReadMarks.read(tx, id, seen));
        Routes.seeOther(ctx, "/conversations/" + id);
    }
}
