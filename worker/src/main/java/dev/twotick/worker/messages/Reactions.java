package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.REACTION_STATEMENT;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `reaction_statement`: how a message was last reacted to under each id, which the view `message_reaction`
/// makes each person's reaction of. A later one replaces it, also the one that takes it back, whichever arrived first.
final class Reactions {

    /// @param messageId of the message reacted to
    record Reaction(long messageId, ApplyItem<MessageTold> item) {
        Key key() {
            return new Key(messageId, reactor());
        }

        Reactor reactor() {
            return Reactor.of(item.fact());
        }

        /// Of one second taking it back stands: it presupposes what it takes back.
        Precedence precedence() {
            return Precedence.of(item).ranked(emoji(item.fact()) == null ? 1 : 0);
        }
    }

    record Key(long messageId, Reactor reactor) {}

    /// Under what it stands: the strongest id of who reacted.
    ///
    /// @param kind an identity's, or one of those below
    record Reactor(String kind, String value) {

        /// How the account's own reactions are told from a person's.
        static final Reactor BUSINESS = new Reactor("business", "business");

        /// Meta does not say.
        static final Reactor NOBODY = new Reactor("", "");

        static Reactor of(MessageTold fact) {
            if (MessageDelta.Heading.of(fact).isOutbound()) {
                return BUSINESS;
            }
            if (fact.peer() == null) {
                return NOBODY;
            }
            UserIdentifier id = fact.peer().strongest();
            return new Reactor(id.kind(), id.value());
        }
    }

    static void write(DSLContext tx, Collection<Reaction> reactions) {
        Map<Key, Reaction> folded = new LinkedHashMap<>();
        reactions.forEach(
                r -> folded.merge(r.key(), r, (one, other) -> Precedence.later(one, other, Reaction::precedence)));
        Unnest<Reaction> n = Unnest.of(new ArrayList<>(folded.values()))
                .with(REACTION_STATEMENT.MESSAGE_ID, Reaction::messageId)
                .with(REACTION_STATEMENT.KIND, r -> r.reactor().kind())
                .with(REACTION_STATEMENT.VALUE, r -> r.reactor().value())
                .with(REACTION_STATEMENT.EMOJI, r -> emoji(r.item().fact()))
                .with(REACTION_STATEMENT.REACTED_AT, r -> r.item().item().occurredAt())
                .with(REACTION_STATEMENT.DIGEST, r -> r.precedence().digest())
                .with(REACTION_STATEMENT.PAYLOAD_ID, r -> r.item().payload().id());
        new RowMerge()
                .latest(
                        REACTION_STATEMENT.REACTED_AT,
                        REACTION_STATEMENT.DIGEST,
                        REACTION_STATEMENT.EMOJI,
                        REACTION_STATEMENT.PAYLOAD_ID)
                .write(
                        tx,
                        REACTION_STATEMENT,
                        n,
                        REACTION_STATEMENT.MESSAGE_ID,
                        REACTION_STATEMENT.KIND,
                        REACTION_STATEMENT.VALUE);
    }

    /// Who reacted, as it was said; empty where Meta does not say.
    static String reactor(MessageTold fact) {
        return Reactor.of(fact).value();
    }

    /// Null when it was taken back.
    static @Nullable String emoji(MessageTold fact) {
        Target target = fact.target();
        String emoji = target == null ? null : target.emoji();
        return emoji == null || emoji.isEmpty() ? null : emoji;
    }

    private Reactions() {}
}
