package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.ACCOUNT;

import dev.twotick.db.DatabaseClock;
import dev.twotick.db.payloadlog.PayloadLogRows;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Businesses;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.PersonIds;
import dev.twotick.worker.interpret.Redaction;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// What lies behind it changes nothing any more: a message, status or flow reply older than the message retention, and
/// any fact about a person from before they were erased. So neither a replay nor a retry of Meta's brings back what is
/// gone.
///
/// While nobody was ever erased this costs one `exists` a batch, and one look at the database's clock unless messages
/// are kept for ever. It reads under a lock that an erasure has alone, so a tombstone that is there counts at once, in
/// every process.
public final class Horizon {

    /// Whether there is anybody to look for, in SQL.
    public static final String ANYBODY_WAS_ERASED = "exists (select from tombstone)";

    private final Optional<ErasureKey> key;
    private final int keepMessagesDays;

    /// @param key              without it nobody can have been erased
    /// @param keepMessagesDays 0 keeps them for ever
    public Horizon(Optional<ErasureKey> key, int keepMessagesDays) {
        this.key = key;
        this.keepMessagesDays = keepMessagesDays;
    }

    /// @param within  what is to be applied
    /// @param expired what changes nothing
    /// @param erased  the ids of erased people whom expired items name
    public record Split(List<ApplyItem<?>> within, List<ApplyItem<?>> expired, Set<String> erased) {
        private static final Split NOTHING = new Split(List.of(), List.of(), Set.of());

        /// How many of each delivery expired, by attempt.
        public Map<UUID, Integer> counts() {
            Map<UUID, Integer> counts = new HashMap<>();
            expired.forEach(i -> counts.merge(i.payload().attempt(), 1, Integer::sum));
            return counts;
        }
    }

    /// Before this instant messages are not kept; empty when they are kept for ever.
    Optional<Instant> messagesSince(DSLContext db) {
        return keepMessagesDays == 0
                ? Optional.empty()
                : Optional.of(new DatabaseClock(db).instant().minus(Duration.ofDays(keepMessagesDays)));
    }

    /// Tells what still counts. The transaction has [dev.twotick.worker.people.PeopleLock] by now, shared or alone.
    public Split split(DSLContext tx, List<ApplyItem<?>> items) {
        return items.isEmpty() ? Split.NOTHING : split(tx, items, Tombstones.any(tx));
    }

    /// @param anybodyWasErased read under the lock
    public Split split(DSLContext tx, List<ApplyItem<?>> items, boolean anybodyWasErased) {
        if (items.isEmpty()) {
            return Split.NOTHING;
        }
        List<ApplyItem<?>> young = items;
        List<ApplyItem<?>> expired = new ArrayList<>();
        Optional<Instant> since = messagesSince(tx);
        if (since.isPresent()) {
            young = new ArrayList<>();
            for (ApplyItem<?> item : items) {
                (isMessage(item.fact()) && time(item).isBefore(since.get()) ? expired : young).add(item);
            }
        }
        return young.isEmpty() || !anybodyWasErased
                ? new Split(young, expired, Set.of())
                : withoutErased(tx, young, expired);
    }

    private Split withoutErased(DSLContext tx, List<ApplyItem<?>> items, List<ApplyItem<?>> expired) {
        ErasureKey hashes = key();
        Map<String, Long> businesses = businesses(tx, items);
        List<Map<String, ByteBuffer>> named = new ArrayList<>();
        Set<ByteBuffer> all = new HashSet<>();
        for (ApplyItem<?> item : items) {
            Map<String, ByteBuffer> ids = new HashMap<>();
            long business = businesses.getOrDefault(item.accountId(), Businesses.DEFAULT);
            for (String id : PersonIds.of(item.fact())) {
                ids.put(id, ByteBuffer.wrap(hashes.person(business, id)));
            }
            for (UUID message : messages(item.fact())) {
                ids.put(message.toString(), ByteBuffer.wrap(hashes.message(message)));
            }
            named.add(ids);
            all.addAll(ids.values());
        }
        Map<ByteBuffer, Instant> found = find(tx, hashes, all);
        List<ApplyItem<?>> within = new ArrayList<>();
        Set<String> erased = new HashSet<>();
        for (int i = 0; i < items.size(); i++) {
            ApplyItem<?> item = items.get(i);
            Instant at = item.item().occurredAt();
            boolean before = false;
            for (Map.Entry<String, ByteBuffer> id : named.get(i).entrySet()) {
                Instant erasedAt = found.get(id.getValue());
                if (erasedAt != null && (at == null || !at.isAfter(erasedAt))) {
                    before = true;
                    erased.add(id.getKey());
                }
            }
            (before ? expired : within).add(item);
        }
        return new Split(within, expired, erased);
    }

    /// Takes items about erased people out of the log, where a retry of Meta's has put them again.
    public static void redact(DSLContext tx, Split split) {
        if (split.erased().isEmpty()) {
            return;
        }
        Map<UUID, Set<String>> paths = new TreeMap<>();
        for (ApplyItem<?> item : split.expired()) {
            paths.computeIfAbsent(item.payload().id(), id -> new HashSet<>())
                    .add(item.item().path());
        }
        paths.forEach((payload, gone) -> PayloadLogRows.rewriteBody(
                tx,
                payload,
                body -> Redaction.without(
                        body, fact -> gone.contains(fact.item().path()), split.erased()::contains)));
    }

    /// The planned recipients who may be written down: not those who were erased.
    public Set<String> notErased(DSLContext tx, long business, Set<String> ids) {
        return notErased(tx, ids, (hashes, id) -> hashes.person(business, id));
    }

    /// The messages that may be registered.
    public Set<UUID> notErased(DSLContext tx, Set<UUID> messages) {
        return notErased(tx, messages, ErasureKey::message);
    }

    private <T> Set<T> notErased(DSLContext tx, Set<T> all, BiFunction<ErasureKey, T, byte[]> hash) {
        if (all.isEmpty() || !Tombstones.any(tx)) {
            return all;
        }
        ErasureKey hashes = key();
        Map<ByteBuffer, T> byHash = new HashMap<>();
        all.forEach(one -> byHash.put(ByteBuffer.wrap(hash.apply(hashes, one)), one));
        find(tx, hashes, byHash.keySet()).keySet().forEach(byHash::remove);
        return Set.copyOf(byHash.values());
    }

    private ErasureKey key() {
        return key.orElseThrow(() ->
                notYet("people were erased, and TWOTICK_ENCRYPTION_KEY is not set: without it they would come back;"
                        + " set the key that they were erased under"));
    }

    /// @throws DataAccessException when tombstones were made under another key: nobody could be recognized, so
    ///     nothing is applied until it is back
    private static Map<ByteBuffer, Instant> find(DSLContext tx, ErasureKey hashes, Set<ByteBuffer> wanted) {
        ByteBuffer check = ByteBuffer.wrap(hashes.check());
        Set<ByteBuffer> all = new HashSet<>(wanted);
        all.add(check);
        Map<ByteBuffer, Instant> found = Tombstones.find(tx, all);
        if (found.remove(check) == null) {
            throw notYet("people were erased under another TWOTICK_ENCRYPTION_KEY: with this one they"
                    + " would come back; see docs/privacy.md");
        }
        return found;
    }

    /// Waited for like an outage: no item of the batch is to blame. 55000 is object_not_in_prerequisite_state.
    private static DataAccessException notYet(String message) {
        return new DataAccessException(message, new SQLException(message, "55000"));
    }

    /// Of each account; of one that is not there yet, the business that it will be given.
    private static Map<String, Long> businesses(DSLContext tx, List<ApplyItem<?>> items) {
        Map<String, Long> businesses = tx.select(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.BUSINESS_ID)
                .from(ACCOUNT)
                .where(ACCOUNT.PHONE_NUMBER_ID.eq(DSL.any(
                        items.stream().map(ApplyItem::accountId).distinct().toArray(String[]::new))))
                .fetchMap(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.BUSINESS_ID);
        Map<String, String> wabas = new HashMap<>();
        for (ApplyItem<?> item : items) {
            String waba = item.item().account().wabaId();
            if (waba != null && Businesses.isWaba(waba) && !businesses.containsKey(item.accountId())) {
                wabas.put(item.accountId(), waba);
            }
        }
        if (!wabas.isEmpty()) {
            Map<String, Long> known = Businesses.known(tx, wabas.values());
            wabas.forEach((account, waba) -> businesses.computeIfAbsent(account, _ -> known.get(waba)));
        }
        return businesses;
    }

    private static boolean isMessage(Fact fact) {
        return switch (fact) {
            case MessageTold _, StatusReported _, FlowCompleted _ -> true;
            // a preference or a template holds until it is stated anew, however long ago it was stated
            case Noticed _ -> false;
        };
    }

    /// Keys of the messages that a fact is about.
    static List<UUID> messages(Fact fact) {
        return switch (fact) {
            case MessageTold told ->
                told.target() == null
                        ? List.of(key(fact, told.wamid()))
                        : List.of(
                                key(fact, told.wamid()), key(fact, told.target().wamid()));
            case StatusReported status -> List.of(key(fact, status.wamid()));
            case FlowCompleted flow -> List.of(key(fact, flow.wamid()));
            case Noticed notice ->
                notice.effect() instanceof Effect.OtherStatus status ? List.of(key(fact, status.id())) : List.of();
        };
    }

    private static UUID key(Fact fact, Wamid wamid) {
        return MessageKey.of(fact.item().account().phoneNumberId(), wamid);
    }

    private static Instant time(ApplyItem<?> item) {
        Instant at = item.item().occurredAt();
        return at == null ? item.payload().receivedAt() : at;
    }
}
