package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CALL;

import dev.twotick.db.Unnest;
import dev.twotick.worker.apply.Group.Column;
import dev.twotick.worker.apply.Group.Statement;
import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `call`: what is known of each call. Its last event and its last status are each the latest by Meta's
/// time, of one second the one further on; what several items may say of the whole call is the least or the
/// greatest of it.
final class Calls {

    private static final List<Group<CallReported>> GROUPS = List.of(
            new Group<>(
                    CALL.EVENT_AT,
                    CALL.EVENT_DIGEST,
                    e -> e.event() != null,
                    e -> rank(e.event()),
                    List.of(new Column<>(CALL.EVENT, CallReported::event))),
            new Group<>(
                    CALL.STATUS_AT,
                    CALL.STATUS_DIGEST,
                    e -> e.status() != null,
                    e -> rank(e.status()),
                    List.of(new Column<>(CALL.STATUS, CallReported::status))));

    record Key(long accountId, String callId) {}

    /// Where a call stands: its last event and its last status.
    record Standing(@Nullable String event, @Nullable String status) {}

    /// @return where each of these calls stands after that
    static Map<Key, Standing> report(DSLContext tx, Collection<Statement<CallReported>> reports) {
        Unnest<List<Statement<CallReported>>> n = Unnest.of(Group.byRow(reports, CallReported::callId))
                .with(CALL.ACCOUNT_ID, all -> all.getFirst().accountId())
                .with(CALL.CALL_ID, all -> all.getFirst().effect().callId())
                .with(
                        CALL.DIRECTION,
                        fold(e -> e.direction() == null ? null : e.direction().word(), Stamp::greaterText))
                .with(CALL.WA_ID, fold(e -> peer(e, Person::waId), Stamp::greaterText))
                .with(CALL.USER_ID, fold(e -> peer(e, Person::userId), Stamp::greaterText))
                .with(CALL.STARTED_AT, fold(CallReported::startedAt, Stamp::<Instant>lesser))
                .with(CALL.ENDED_AT, fold(CallReported::endedAt, Stamp::<Instant>greater))
                .with(CALL.DURATION_S, fold(CallReported::durationS, Stamp::<Integer>greater))
                .with(CALL.CALLBACK_DATA, fold(CallReported::callbackData, Stamp::greaterText));
        Merge merge = new Merge()
                .greatestText(CALL.DIRECTION)
                .greatestText(CALL.WA_ID)
                .greatestText(CALL.USER_ID)
                .least(CALL.STARTED_AT)
                .greatest(CALL.ENDED_AT)
                .greatest(CALL.DURATION_S)
                .greatestText(CALL.CALLBACK_DATA);
        GROUPS.forEach(group -> group.in(n, merge));
        merge.write(tx, CALL, n, CALL.ACCOUNT_ID, CALL.CALL_ID);
        return standing(tx, n);
    }

    private static Map<Key, Standing> standing(DSLContext tx, Unnest<?> n) {
        return tx.select(CALL.ACCOUNT_ID, CALL.CALL_ID, CALL.EVENT, CALL.STATUS)
                .from(CALL)
                .join(n.table())
                .on(CALL.ACCOUNT_ID.eq(n.get(CALL.ACCOUNT_ID)).and(CALL.CALL_ID.eq(n.get(CALL.CALL_ID))))
                .fetchMap(r -> new Key(r.value1(), r.value2()), r -> new Standing(r.value3(), r.value4()));
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
