package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.PAYLOAD_FAILURE;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.FailedItem;
import dev.twotick.worker.batch.PayloadWork;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Tables `payload_outcome` and `payload_failure`: what became of a payload. Outcomes are only ever inserted.
final class Outcomes {
    private static final String SEPARATOR = "\u001f";
    private static final List<String> USUAL = List.of("messages");

    private static final String INSERT = """
            insert into payload_outcome
                (payload_id, attempt, state, events, duplicates, expired, error, fields, accounts)
            select payload_id, attempt, state, events, duplicates, expired, error,
                string_to_array(fields, chr(31)), string_to_array(accounts, chr(31))
            from unnest(
                ?::uuid[], ?::uuid[], ?::text[], ?::int[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[])
                as n (payload_id, attempt, state, events, duplicates, expired, error, fields, accounts)
            order by payload_id, attempt
            """;

    /// @param expired facts that changed nothing, see [dev.twotick.worker.privacy.Horizon]
    record Outcome(PayloadWork payload, int fresh, int expired, List<FailedItem> failures) {
        int events() {
            return payload.facts().size() + payload.duplicates();
        }

        /// How many were known before.
        int known() {
            return events() - fresh - expired - failedItems();
        }

        /// Null for the usual one.
        @Nullable
        String fields() {
            return payload.fields().equals(USUAL) ? null : joined(payload.fields());
        }

        int failedItems() {
            return (int) failures.stream().filter(f -> !f.item().equals("$")).count();
        }

        String state() {
            return failures.isEmpty() ? "processed" : "failed";
        }

        /// What an item failed with may quote it, and stands in `payload_failure` only, where an erasure finds it.
        @Nullable
        String error() {
            List<String> errors = new ArrayList<>();
            failures.stream().filter(f -> f.item().equals("$")).forEach(f -> errors.add(f.error()));
            if (failedItems() > 0) {
                errors.add(failedItems() + (failedItems() == 1 ? " item" : " items") + " failed, see payload_failure");
            }
            return errors.isEmpty() ? null : String.join("; ", errors);
        }
    }

    /// Writes what became of these payloads. An outcome of the same attempt may be there: then this delivery repeats
    /// one whose acknowledgement was lost.
    ///
    /// @return the failures that nobody had recorded before
    static List<FailedItem> record(DSLContext tx, Collection<Outcome> outcomes) {
        List<FailedItem> failures =
                outcomes.stream().flatMap(o -> o.failures().stream()).toList();
        List<FailedItem> unheard = failures.isEmpty() ? List.of() : insertFailures(tx, failures);
        boolean repeated = insertOutcomes(tx, outcomes) < outcomes.size();
        markHealed(
                tx,
                outcomes.stream().filter(o -> repeated || o.payload().again()).toList());
        if (repeated) {
            insertHealed(
                    tx, outcomes.stream().filter(o -> o.failures().isEmpty()).toList());
        }
        return unheard;
    }

    /// Whether nothing but outcomes is to be written: no failure, and none that may have healed.
    static boolean areNews(Collection<Outcome> outcomes) {
        return outcomes.stream()
                .allMatch(o -> o.failures().isEmpty() && !o.payload().again());
    }

    /// The `insert` of outcomes that nobody has written before: if one is there, SQLSTATE 23505.
    static RowStatement<Outcome> insertion(Collection<Outcome> outcomes) {
        return RowStatement.of(INSERT, outcomes)
                .uuids(o -> o.payload().id())
                .uuids(o -> o.payload().attempt())
                .texts(Outcome::state)
                .ints(Outcome::events)
                .ints(Outcome::known)
                .ints(Outcome::expired)
                .texts(Outcome::error)
                .texts(Outcome::fields)
                .texts(o -> joined(o.payload().accounts()));
    }

    /// Without the failures' own rows.
    static void recordBare(DSLContext tx, Outcome outcome) {
        insertOutcomes(tx, List.of(outcome));
    }

    private static int insertOutcomes(DSLContext tx, Collection<Outcome> outcomes) {
        return insert(tx, outcomes, o -> o.payload().attempt(), n -> DSL.noCondition());
    }

    /// A repeated delivery that failed then and does not now: its outcome stays, and the next attempt's id says better.
    private static void insertHealed(DSLContext tx, Collection<Outcome> outcomes) {
        Field<UUID> repeated = DSL.field("repeated", UUID.class);
        insert(
                tx,
                outcomes,
                o -> next(o.payload().attempt()),
                n -> DSL.exists(DSL.selectOne()
                        .from(PAYLOAD_OUTCOME)
                        .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(n.get(PAYLOAD_OUTCOME.PAYLOAD_ID)))
                        .and(PAYLOAD_OUTCOME.ATTEMPT.eq(
                                n.with(repeated, o -> o.payload().attempt()).get(repeated)))
                        .and(PAYLOAD_OUTCOME.STATE.eq("failed"))));
    }

    private static UUID next(UUID attempt) {
        return new UUID(attempt.getMostSignificantBits(), attempt.getLeastSignificantBits() + 1);
    }

    /// @return how many were not there
    private static int insert(
            DSLContext tx,
            Collection<Outcome> outcomes,
            Function<Outcome, UUID> attempt,
            Function<Unnest<Outcome>, Condition> where) {
        Field<String> fields = DSL.field("fields", String.class);
        Field<String> accounts = DSL.field("accounts", String.class);
        Unnest<Outcome> n = Unnest.of(outcomes)
                .with(PAYLOAD_OUTCOME.PAYLOAD_ID, o -> o.payload().id())
                .with(PAYLOAD_OUTCOME.ATTEMPT, attempt)
                .with(PAYLOAD_OUTCOME.STATE, Outcome::state)
                .with(PAYLOAD_OUTCOME.EVENTS, Outcome::events)
                .with(PAYLOAD_OUTCOME.DUPLICATES, Outcome::known)
                .with(PAYLOAD_OUTCOME.EXPIRED, Outcome::expired)
                .with(PAYLOAD_OUTCOME.ERROR, Outcome::error)
                .with(fields, Outcome::fields)
                .with(accounts, o -> joined(o.payload().accounts()));
        Condition wanted = where.apply(n);
        return tx.insertInto(
                        PAYLOAD_OUTCOME,
                        PAYLOAD_OUTCOME.PAYLOAD_ID,
                        PAYLOAD_OUTCOME.ATTEMPT,
                        PAYLOAD_OUTCOME.STATE,
                        PAYLOAD_OUTCOME.EVENTS,
                        PAYLOAD_OUTCOME.DUPLICATES,
                        PAYLOAD_OUTCOME.EXPIRED,
                        PAYLOAD_OUTCOME.ERROR,
                        PAYLOAD_OUTCOME.FIELDS,
                        PAYLOAD_OUTCOME.ACCOUNTS)
                .select(DSL.select(
                                n.get(PAYLOAD_OUTCOME.PAYLOAD_ID),
                                n.get(PAYLOAD_OUTCOME.ATTEMPT),
                                n.get(PAYLOAD_OUTCOME.STATE),
                                n.get(PAYLOAD_OUTCOME.EVENTS),
                                n.get(PAYLOAD_OUTCOME.DUPLICATES),
                                n.get(PAYLOAD_OUTCOME.EXPIRED),
                                n.get(PAYLOAD_OUTCOME.ERROR),
                                list(n.get(fields)),
                                list(n.get(accounts)))
                        .from(n.table())
                        .where(wanted)
                        .orderBy(n.get(PAYLOAD_OUTCOME.PAYLOAD_ID), n.get(PAYLOAD_OUTCOME.ATTEMPT)))
                .onConflictDoNothing()
                .execute();
    }

    private static String joined(List<String> words) {
        return String.join(SEPARATOR, words);
    }

    /// An array of arrays would be flattened by unnest; so a list travels as one text.
    private static Field<String[]> list(Field<String> joined) {
        return DSL.field("string_to_array({0}, {1})", String[].class, joined, DSL.inline(SEPARATOR));
    }

    private static List<FailedItem> insertFailures(DSLContext tx, List<FailedItem> failures) {
        // of two copies of a payload in one batch, one failure
        Map<Key, FailedItem> byKey = new TreeMap<>();
        failures.forEach(f -> byKey.put(Key.of(f), f));
        Unnest<FailedItem> n = Unnest.of(byKey.values())
                .with(PAYLOAD_FAILURE.PAYLOAD_ID, f -> f.payload().id())
                .with(PAYLOAD_FAILURE.ITEM, FailedItem::item)
                .with(PAYLOAD_FAILURE.ERROR, FailedItem::error)
                .with(PAYLOAD_FAILURE.RAW, FailedItem::raw)
                .with(PAYLOAD_FAILURE.RETRIES, f -> f.comesAgain() ? 0 : null);
        Set<Key> unheard = tx.insertInto(PAYLOAD_FAILURE, n.columns())
                .select(n.select(PAYLOAD_FAILURE.PAYLOAD_ID, PAYLOAD_FAILURE.ITEM))
                .onConflictDoNothing()
                .returningResult(PAYLOAD_FAILURE.PAYLOAD_ID, PAYLOAD_FAILURE.ITEM)
                .fetchSet(r -> new Key(r.value1(), r.value2()));
        if (unheard.size() < byKey.size()) {
            tx.update(PAYLOAD_FAILURE)
                    .setNull(PAYLOAD_FAILURE.HEALED_AT)
                    .set(PAYLOAD_FAILURE.ERROR, n.get(PAYLOAD_FAILURE.ERROR))
                    .set(PAYLOAD_FAILURE.RETRIES, DSL.coalesce(PAYLOAD_FAILURE.RETRIES, n.get(PAYLOAD_FAILURE.RETRIES)))
                    .from(n.table())
                    .where(PAYLOAD_FAILURE.PAYLOAD_ID.eq(n.get(PAYLOAD_FAILURE.PAYLOAD_ID)))
                    .and(PAYLOAD_FAILURE.ITEM.eq(n.get(PAYLOAD_FAILURE.ITEM)))
                    .execute();
        }
        return byKey.values().stream().filter(f -> unheard.contains(Key.of(f))).toList();
    }

    private record Key(UUID payload, String item) implements Comparable<Key> {
        static Key of(FailedItem failure) {
            return new Key(failure.payload().id(), failure.item());
        }

        @Override
        public int compareTo(Key other) {
            int byPayload = payload.compareTo(other.payload);
            return byPayload != 0 ? byPayload : item.compareTo(other.item);
        }
    }

    /// A delivery after a fix: what does not fail any more is no failure any more.
    private static void markHealed(DSLContext tx, List<Outcome> again) {
        if (again.isEmpty()) {
            return;
        }
        UUID[] payloads = again.stream().map(o -> o.payload().id()).toArray(UUID[]::new);
        List<FailedItem> still =
                again.stream().flatMap(o -> o.failures().stream()).toList();
        Unnest<FailedItem> n = Unnest.of(still)
                .with(PAYLOAD_FAILURE.PAYLOAD_ID, f -> f.payload().id())
                .with(PAYLOAD_FAILURE.ITEM, FailedItem::item);
        tx.update(PAYLOAD_FAILURE)
                .set(PAYLOAD_FAILURE.HEALED_AT, DSL.currentInstant())
                .where(PAYLOAD_FAILURE.PAYLOAD_ID.eq(DSL.any(payloads)))
                .and(PAYLOAD_FAILURE.HEALED_AT.isNull())
                .andNotExists(DSL.selectOne()
                        .from(n.table())
                        .where(n.get(PAYLOAD_FAILURE.PAYLOAD_ID).eq(PAYLOAD_FAILURE.PAYLOAD_ID))
                        .and(n.get(PAYLOAD_FAILURE.ITEM).eq(PAYLOAD_FAILURE.ITEM)))
                .execute();
    }

    private Outcomes() {}
}
