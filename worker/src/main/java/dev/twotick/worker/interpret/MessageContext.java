package dev.twotick.worker.interpret;

import org.jspecify.annotations.Nullable;

/// A message's `context`: what it answers, and whether somebody passed it on.
///
/// @param forwarded null where the context does not say
record MessageContext(@Nullable String replyTo, @Nullable Boolean forwarded) {

    private static final MessageContext NONE = new MessageContext(null, null);

    static MessageContext of(Json.Obj item) {
        Json.Obj context = item.object("context");
        if (context == null) {
            return NONE;
        }
        String id = context.id("id");
        Boolean once = context.flag("forwarded");
        Boolean often = context.flag("frequently_forwarded");
        boolean oftenDecides = once == null || Boolean.TRUE.equals(often);
        return new MessageContext(
                id == null ? context.id("message_id") : id, // as the business sends it
                oftenDecides ? often : once);
    }
}
