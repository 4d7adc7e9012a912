package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CALL;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `call`: what is known of each call. Its last event and its last status are each the latest by Meta's
/// time; what several items may say of the whole call is the least or the greatest of it.
final class Calls {

    record Report(long accountId, CallReported effect, Stamp stamp) {
        Key key() {
            return new Key(accountId, effect.callId());
        }
    }

    record Key(long accountId, String callId) {}

    static void report(DSLContext tx, Collection<Report> reports) {
        Map<Key, List<Report>> byCall = new LinkedHashMap<>();
        reports.forEach(
                r -> byCall.computeIfAbsent(r.key(), k -> new ArrayList<>()).add(r));
        Unnest<List<Report>> n = Unnest.of(byCall.values())
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
                .with(CALL.CALLBACK_DATA, fold(CallReported::callbackData, Stamp::greaterText))
                .with(CALL.EVENT, latest(e -> e.event() != null, r -> r.effect().event()))
                .with(
                        CALL.EVENT_AT,
                        latest(e -> e.event() != null, r -> r.stamp().at()))
                .with(
                        CALL.EVENT_DIGEST,
                        latest(e -> e.event() != null, r -> r.stamp().digest()))
                .with(
                        CALL.STATUS,
                        latest(e -> e.status() != null, r -> r.effect().status()))
                .with(
                        CALL.STATUS_AT,
                        latest(e -> e.status() != null, r -> r.stamp().at()))
                .with(
                        CALL.STATUS_DIGEST,
                        latest(e -> e.status() != null, r -> r.stamp().digest()));
        new Merge()
                .greatestText(CALL.DIRECTION)
                .greatestText(CALL.WA_ID)
                .greatestText(CALL.USER_ID)
                .least(CALL.STARTED_AT)
                .greatest(CALL.ENDED_AT)
                .greatest(CALL.DURATION_S)
                .greatestText(CALL.CALLBACK_DATA)
                .latest(CALL.EVENT_AT, CALL.EVENT_DIGEST, CALL.EVENT)
                .latest(CALL.STATUS_AT, CALL.STATUS_DIGEST, CALL.STATUS)
                .write(tx, CALL, n, CALL.ACCOUNT_ID, CALL.CALL_ID);
    }

    private static <V> Function<List<Report>, @Nullable V> fold(
            Function<CallReported, @Nullable V> part, BinaryOperator<@Nullable V> rule) {
        return all -> {
            V folded = null;
            for (Report report : all) {
                folded = rule.apply(folded, part.apply(report.effect()));
            }
            return folded;
        };
    }

    private static <V> Function<List<Report>, @Nullable V> latest(
            Predicate<CallReported> stated, Function<Report, @Nullable V> part) {
        return all -> all.stream()
                .filter(r -> stated.test(r.effect()))
                .reduce((one, other) -> Stamp.later(one, other, Report::stamp))
                .map(part)
                .orElse(null);
    }

    private static @Nullable String peer(CallReported effect, Function<Person, @Nullable String> id) {
        return effect.peer() == null ? null : id.apply(effect.peer());
    }

    private Calls() {}
}
