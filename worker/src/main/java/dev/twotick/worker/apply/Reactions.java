package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.MESSAGE_REACTION;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `message_reaction`: what each person's reaction to a message is now. A later one replaces it, also the
/// one that takes it back, whichever arrived first.
final class Reactions {

    /// How the account's own reactions are told from a person's.
    static final String BUSINESS = "business";

    /// @param messageId of the message reacted to
    record Reaction(long messageId, ApplyItem<MessageTold> item) {
        Key key() {
            return new Key(messageId, reactor(item.fact()));
        }
    }

    record Key(long messageId, String reactor) {}

    static void write(DSLContext tx, Collection<Reaction> reactions) {
        Map<Key, Reaction> folded = new LinkedHashMap<>();
        reactions.forEach(r -> folded.merge(
                r.key(), r, (one, other) -> Stamp.later(one, other, reaction -> Stamp.of(reaction.item()))));
        Unnest<Reaction> n = Unnest.of(new ArrayList<>(folded.values()))
                .with(MESSAGE_REACTION.MESSAGE_ID, Reaction::messageId)
                .with(MESSAGE_REACTION.REACTOR, r -> reactor(r.item().fact()))
                .with(MESSAGE_REACTION.EMOJI, r -> emoji(r.item().fact()))
                .with(MESSAGE_REACTION.REACTED_AT, r -> r.item().item().occurredAt())
                .with(MESSAGE_REACTION.DIGEST, r -> r.item().item().digest())
                .with(MESSAGE_REACTION.PAYLOAD_ID, r -> r.item().payload().id());
        new Merge()
                .latest(
                        MESSAGE_REACTION.REACTED_AT,
                        MESSAGE_REACTION.DIGEST,
                        MESSAGE_REACTION.EMOJI,
                        MESSAGE_REACTION.PAYLOAD_ID)
                .write(tx, MESSAGE_REACTION, n, MESSAGE_REACTION.MESSAGE_ID, MESSAGE_REACTION.REACTOR);
    }

    /// Who reacted; empty where Meta does not say.
    static String reactor(MessageTold fact) {
        if (MessageDelta.Heading.of(fact).isOutbound()) {
            return BUSINESS;
        }
        return fact.peer() == null ? "" : fact.peer().strongest().value();
    }

    /// Null when it was taken back.
    static @Nullable String emoji(MessageTold fact) {
        Target target = fact.target();
        String emoji = target == null ? null : target.emoji();
        return emoji == null || emoji.isEmpty() ? null : emoji;
    }

    private Reactions() {}
}
