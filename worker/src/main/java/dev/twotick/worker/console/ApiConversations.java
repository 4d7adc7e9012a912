package dev.twotick.worker.console;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.messages.ReadMarks;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Conversations and what was said in them, for programs. That one was read comes as often as messages do, so it is
/// not in the audit log.
final class ApiConversations {
    private final ConversationRows rows;
    private final ConversationMessages messages;
    private final DSLContext db;

    ApiConversations(ConversationRows rows, DSLContext db) {
        this.rows = rows;
        this.messages = new ConversationMessages(db);
        this.db = db;
    }

    /// @param account a `phone_number_id`
    /// @param contact null: it is a group's
    /// @param lastMessageAt Meta's time of its latest message
    record Conversation(
            long id,
            String account,
            @Nullable UUID contact,
            @Nullable String group,
            String title,
            int unread,
            @Nullable Instant windowExpiresAt,
            @Nullable Instant lastMessageAt) {

        static Conversation of(ConversationRow row) {
            return new Conversation(
                    row.id(),
                    row.phoneNumberId(),
                    row.contactId(),
                    row.groupId(),
                    row.title(),
                    row.unread(),
                    row.windowExpiresAt(),
                    row.at());
        }
    }

    /// @param message the last one that was seen; null: all that is here
    record Seen(@Nullable UUID message) {}

    void addTo(ApiRoutes routes) {
        routes.read("/conversations", (ctx, _) -> list(ctx));
        routes.read("/conversations/{id}/messages", (ctx, _) -> messages(ctx));
        routes.write(HandlerType.POST, "/conversations/{id}/read", (ctx, _) -> read(ctx));
    }

    private void list(Context ctx) {
        ConversationRows.Page page = rows.page(
                Form.said(ctx, "account"), "true".equals(ctx.queryParam("unread")), Form.number(ctx, "before"));
        ApiRoutes.json(
                ctx,
                new Listed<>(
                        page.rows().stream().map(Conversation::of).toList(),
                        page.older() == null ? null : String.valueOf(page.older())));
    }

    private void messages(Context ctx) {
        Optional<ConversationMessages.Place> before =
                Optional.ofNullable(ctx.queryParam("before")).map(ConversationMessages.Place::parse);
        rows.find(ApiRoutes.number(ctx.pathParam("id")))
                .ifPresentOrElse(
                        conversation -> ApiRoutes.json(ctx, messages.listed(conversation, before)),
                        () -> ApiRoutes.problem(
                                ctx,
                                404,
                                "There is no such conversation",
                                "It may have become another's, when two contacts proved to be one: GET /contacts/ID has"
                                        + " theirs."));
    }

    private void read(Context ctx) {
        long conversation = ApiRoutes.number(ctx.pathParam("id"));
        UUID message = ctx.bodyAsBytes().length == 0
                ? null
                : ApiRoutes.body(ctx, Seen.class).message();
        Optional<ReadMarks.Mark> mark = Retries.transaction(
                db,
                tx -> message == null
                        ? ReadMarks.read(tx, conversation, null)
                        : ReadMarks.readUpTo(tx, conversation, message));
        mark.ifPresentOrElse(
                now -> ApiRoutes.json(ctx, now),
                () -> ApiRoutes.problem(
                        ctx,
                        404,
                        "There is no such conversation, or no such message in it",
                        "conversation_id and id of message.received name them; a contact that proved to be another"
                                + " took its messages along."));
    }
}
