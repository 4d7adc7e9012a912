package dev.twotick.worker.notices;

import static dev.twotick.db.schema.Tables.CALL;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.ColumnGroup;
import dev.twotick.worker.batch.ColumnGroup.Column;
import dev.twotick.worker.batch.ColumnGroup.Statement;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.people.Identity;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `call`: what is known of each call. Its last event and its last status are each the latest by Meta's
/// time, of one second the one further on; what several items may say of the whole call is the least or the
/// greatest of it.
///
/// A call of the user's opens the customer service window, whether or not the business takes it, and so does the
/// user who takes one of the business's; that the business calls does not. It opens when the call begins or is
/// taken, not when it ends.
///
/// @see <a href="https://developers.facebook.com/documentation/business-messaging/whatsapp/calling/pricing">Meta's
/// calling pricing, "How calling changes the 24 hour customer service window"</a>
final class Calls {

    private static final List<ColumnGroup<CallReported>> GROUPS = List.of(
            new ColumnGroup<>(
                    CALL.EVENT_AT,
                    CALL.EVENT_DIGEST,
                    e -> e.event() != null,
                    e -> rank(e.event()),
                    List.of(new Column<>(CALL.EVENT, CallReported::event))),
            new ColumnGroup<>(
                    CALL.STATUS_AT,
                    CALL.STATUS_DIGEST,
                    e -> e.status() != null,
                    e -> rank(e.status()),
                    List.of(new Column<>(CALL.STATUS, CallReported::status))));

    record Key(long accountId, String callId) {}

    /// Where a call stands: its last event and its last status.
    record Standing(@Nullable String event, @Nullable String status) {}

    private static final Comparator<Person> TELLING = Comparator.<Person>comparingInt(Identity::telling)
            .thenComparing(peer -> peer.strongest().value(), DatedText.UTF8_ORDER);

    // as openedAt(), of the row that there will be
    private static final Field<Instant> OPENED_AT = DSL.field(
            "case greatest({0}, {1}) when 'inbound' then least({2}, {3}) when 'outbound' then least({4}, {5}) end",
            Instant.class,
            CALL.DIRECTION,
            DSL.excluded(CALL.DIRECTION),
            CALL.CALLED_AT,
            DSL.excluded(CALL.CALLED_AT),
            CALL.ACCEPTED_AT,
            DSL.excluded(CALL.ACCEPTED_AT));

    /// A call that is not as it was.
    ///
    /// @param openedAt since then the other side has the window open by it; null: it opens none
    /// @param peer     whom it is with
    /// @param former   whom it was with, as far as was known before
    record Changed(
            long accountId,
            @Nullable Instant openedAt,
            @Nullable Peer peer,
            @Nullable Peer former) {}

    /// As `contact_identity` names an id.
    record Peer(String kind, String value) {

        static @Nullable Peer of(@Nullable String kind, @Nullable String value) {
            return kind == null || value == null ? null : new Peer(kind, value);
        }
    }

    /// @return the calls of which something new was said
    static List<Changed> report(DSLContext tx, Collection<Statement<CallReported>> reports) {
        Unnest<List<Statement<CallReported>>> n = Unnest.of(ColumnGroup.byRow(reports, CallReported::callId))
                .with(CALL.ACCOUNT_ID, all -> all.getFirst().accountId())
                .with(CALL.CALL_ID, all -> all.getFirst().effect().callId())
                .with(
                        CALL.DIRECTION,
                        fold(e -> e.direction() == null ? null : e.direction().word(), Precedence::greaterText))
                .with(CALL.WA_ID, fold(e -> peer(e, Person::waId), Precedence::greaterText))
                .with(CALL.USER_ID, fold(e -> peer(e, Person::userId), Precedence::greaterText))
                .with(CALL.STARTED_AT, fold(CallReported::startedAt, Precedence::<Instant>lesser))
                .with(CALL.ENDED_AT, fold(CallReported::endedAt, Precedence::<Instant>greater))
                .with(CALL.DURATION_S, fold(CallReported::durationS, Precedence::<Integer>greater))
                .with(CALL.CALLBACK_DATA, fold(CallReported::callbackData, Precedence::greaterText))
                .with(CALL.PEER_KIND, all -> strongest(all, UserIdentifier::kind))
                .with(CALL.PEER_VALUE, all -> strongest(all, UserIdentifier::value))
                .with(CALL.CALLED_AT, Calls::calledAt)
                .with(CALL.ACCEPTED_AT, Calls::acceptedAt)
                .with(CALL.OPENED_AT, Calls::openedAt);
        RowMerge merge = new RowMerge()
                .greatestText(CALL.DIRECTION)
                .greatestText(CALL.WA_ID)
                .greatestText(CALL.USER_ID)
                .least(CALL.STARTED_AT)
                .greatest(CALL.ENDED_AT)
                .greatest(CALL.DURATION_S)
                .greatestText(CALL.CALLBACK_DATA)
                .least(CALL.CALLED_AT)
                .least(CALL.ACCEPTED_AT)
                .when(moreTelling(), CALL.PEER_KIND, CALL.PEER_VALUE)
                .set(CALL.FORMER_KIND, CALL.PEER_KIND)
                .set(CALL.FORMER_VALUE, CALL.PEER_VALUE)
                .set(CALL.OPENED_AT, OPENED_AT);
        GROUPS.forEach(group -> group.in(n, merge));
        return merge.writeReturning(tx, CALL, n, CALL.ACCOUNT_ID, CALL.CALL_ID)
                .map(call -> new Changed(
                        call.get(CALL.ACCOUNT_ID),
                        call.get(CALL.OPENED_AT),
                        Peer.of(call.get(CALL.PEER_KIND), call.get(CALL.PEER_VALUE)),
                        Peer.of(call.get(CALL.FORMER_KIND), call.get(CALL.FORMER_VALUE))));
    }

    /// Where each of these stands, after what this batch says of them.
    static Map<Key, Standing> standing(DSLContext tx, Collection<Key> calls) {
        if (calls.isEmpty()) {
            return Map.of();
        }
        Unnest<Key> n = Unnest.of(calls).with(CALL.ACCOUNT_ID, Key::accountId).with(CALL.CALL_ID, Key::callId);
        return tx.select(CALL.ACCOUNT_ID, CALL.CALL_ID, CALL.EVENT, CALL.STATUS)
                .from(CALL)
                .join(n.table())
                .on(CALL.ACCOUNT_ID.eq(n.get(CALL.ACCOUNT_ID)).and(CALL.CALL_ID.eq(n.get(CALL.CALL_ID))))
                .fetchMap(r -> new Key(r.value1(), r.value2()), r -> new Standing(r.value3(), r.value4()));
    }

    private static Condition moreTelling() {
        return DSL.row(Identity.telling(CALL.PEER_KIND), RowMerge.textOrEmpty(CALL.PEER_VALUE))
                .lt(
                        Identity.telling(DSL.excluded(CALL.PEER_KIND)),
                        RowMerge.textOrEmpty(DSL.excluded(CALL.PEER_VALUE)));
    }

    private static @Nullable String strongest(
            List<Statement<CallReported>> all, Function<UserIdentifier, String> part) {
        return all.stream()
                .map(report -> report.effect().peer())
                .filter(Objects::nonNull)
                .max(TELLING)
                .map(peer -> part.apply(peer.strongest()))
                .orElse(null);
    }

    /// The least of Meta's times: whatever is told of a call is told when it has begun.
    private static @Nullable Instant calledAt(List<Statement<CallReported>> all) {
        Instant first = null;
        for (Statement<CallReported> report : all) {
            first = Precedence.lesser(
                    first,
                    Precedence.lesser(report.precedence().at(), report.effect().startedAt()));
        }
        return first;
    }

    private static @Nullable Instant acceptedAt(List<Statement<CallReported>> all) {
        Instant first = null;
        for (Statement<CallReported> report : all) {
            if ("ACCEPTED".equalsIgnoreCase(report.effect().status())) {
                first = Precedence.lesser(first, report.precedence().at());
            }
        }
        return first;
    }

    private static @Nullable Instant openedAt(List<Statement<CallReported>> all) {
        Direction direction = all.stream()
                .map(report -> report.effect().direction())
                .filter(Objects::nonNull)
                .max(Comparator.comparing(Direction::word))
                .orElse(null);
        return switch (direction) {
            case INBOUND -> calledAt(all);
            case OUTBOUND -> acceptedAt(all);
            case null -> null;
        };
    }

    private static <V> Function<List<Statement<CallReported>>, @Nullable V> fold(
            Function<CallReported, @Nullable V> part, BinaryOperator<@Nullable V> rule) {
        return all -> {
            V folded = null;
            for (Statement<CallReported> report : all) {
                folded = rule.apply(folded, part.apply(report.effect()));
            }
            return folded;
        };
    }

    /// How far a call has come by this word, of those that Meta may tell of in one second.
    private static int rank(@Nullable String word) {
        return switch (word == null ? "" : word.toUpperCase(Locale.ROOT)) {
            case "RINGING", "CONNECT" -> 0;
            case "ACCEPTED" -> 1;
            case "REJECTED", "FAILED", "COMPLETED", "TERMINATE" -> 3;
            default -> 2; // tomorrow's
        };
    }

    private static @Nullable String peer(CallReported effect, Function<Person, @Nullable String> id) {
        return effect.peer() == null ? null : id.apply(effect.peer());
    }

    private Calls() {}
}
