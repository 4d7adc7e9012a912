package dev.twotick.worker.apply;

import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.apply.Outcomes.Outcome;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.batch.Businesses;
import dev.twotick.worker.batch.Events;
import dev.twotick.worker.batch.FailedItem;
import dev.twotick.worker.batch.NoPartition;
import dev.twotick.worker.batch.Overtaken;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.outbox.OwedCall;
import dev.twotick.worker.people.NeedsSettlement;
import dev.twotick.worker.people.People;
import dev.twotick.worker.people.PeopleLock;
import dev.twotick.worker.privacy.Horizon;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies payloads: the largest transactions that the bounds allow, and smaller ones only to isolate what cannot be
/// applied. When it returns, every payload has its outcome; when it throws, nothing is known, and the same call again
/// is right.
public final class EventApplier {
    private static final Logger log = LoggerFactory.getLogger(EventApplier.class);

    /// Facts in one transaction; a payload with more is applied in several, its outcome with the last.
    static final int MAX_FACTS = 2_000;

    /// One is enough, unless other workers bring new people to the same contacts all the while.
    private static final int MAX_SETTLEMENTS = 30;

    private static final String NOT_ALONE = "; not tried alone, since too many items of its batch failed so";

    private final DSLContext database;
    private final Outbox outbox;
    private final IntSupplier firstAttempts;
    private final Consumer<List<OwedCall>> sendFirst;
    private final boolean acceptUnknownAccounts;
    private final Horizon horizon;
    private final StubbornRefusals stubborn = new StubbornRefusals();

    /// @param firstAttempts         how many first hook calls this process will send itself, now
    /// @param sendFirst             takes them after the commit; must not block
    /// @param acceptUnknownAccounts adds an account that an item is the first to name; else such items fail
    /// @param horizon               tells what is too old to be applied, and what is about the erased
    public EventApplier(
            DSLContext database,
            Outbox outbox,
            IntSupplier firstAttempts,
            Consumer<List<OwedCall>> sendFirst,
            boolean acceptUnknownAccounts,
            Horizon horizon) {
        this.database = database;
        this.outbox = outbox;
        this.firstAttempts = firstAttempts;
        this.sendFirst = sendFirst;
        this.acceptUnknownAccounts = acceptUnknownAccounts;
        this.horizon = horizon;
    }

    /// @param fresh  facts that were new
    /// @param failed items that could not be applied; 1 for a payload that cannot be read at all
    public record Result(PayloadWork payload, int fresh, int failed) {
        /// Facts that the database knew before, or that were too old for it.
        public int known() {
            return Math.max(0, payload.facts().size() - fresh - failed);
        }
    }

    /// What earlier tries of the same deliveries have committed. A try after an outage begins anew, since the
    /// database may have lost a commit; but what it finds done by an earlier one is no duplicate.
    public static final class Progress {
        private final Map<UUID, Integer> fresh = new HashMap<>();
        private int refusals;

        /// How many tries the database has refused for good, as it seems: see [StubbornRefusals].
        public int refusals() {
            return refusals;
        }

        void refused() {
            refusals++;
        }

        void add(UUID attempt, int facts) {
            fresh.merge(attempt, facts, Integer::sum);
        }

        int fresh(PayloadWork payload) {
            return fresh.getOrDefault(payload.attempt(), 0);
        }
    }

    /// Blocks until everything is committed.
    ///
    /// @param progress of these deliveries: new for the first try, the same for each that follows
    /// @throws org.jooq.exception.DataAccessException when PostgreSQL is away, full or overloaded: try again
    public List<Result> apply(List<PayloadWork> payloads, Progress progress) {
        PayloadTallies tallies = new PayloadTallies(payloads, progress);
        for (Chunk chunk : Chunk.split(payloads, MAX_FACTS)) {
            try {
                commit(chunk.items(), chunk.ending(), tallies);
            } catch (BadData e) {
                isolate(chunk.items(), e, tallies);
                if (tallies.failedStubbornly() > 0) {
                    refuseWhatHitsEverything(e, tallies);
                }
                end(chunk.ending(), tallies);
            }
        }
        stubborn.over(tallies.first());
        return tallies.results();
    }

    /// Applies what a program of the operator's says, by the same rules as what Meta says; no payload came, so none
    /// gets an outcome. Blocks until it is committed; the same again is right.
    ///
    /// @return what could not be applied; all else is
    /// @throws org.jooq.exception.DataAccessException when PostgreSQL is away, full or overloaded: try again
    List<FailedItem> register(PayloadWork said) {
        PayloadTallies tallies = new PayloadTallies(List.of(said), new Progress());
        for (Chunk chunk : Chunk.split(List.of(said), MAX_FACTS)) {
            try {
                commit(chunk.items(), List.of(), tallies);
            } catch (BadData e) {
                isolate(chunk.items(), e, tallies);
            }
        }
        return tallies.failures(said);
    }

    /// What fails alone may fail for no reason of its own.
    private void refuseWhatHitsEverything(BadData reason, PayloadTallies tallies) {
        if (reason.getCause() instanceof DataAccessException fault && !stubborn.takesOthers(tallies.first())) {
            throw fault;
        }
    }

    /// Halves the batch until the bad item stands alone; it fails, all others commit. A fault in our own code tends to
    /// hit everything: after a number of them, groups that still meet one fail as they are, not item by item.
    private void isolate(List<ApplyItem<?>> items, BadData reason, PayloadTallies tallies) {
        boolean smaller = tallies.mayIsolate(reason);
        if (items.size() == 1 || !smaller) {
            items.forEach(item -> tallies.fail(failure(item, reason, items.size() == 1 ? "" : NOT_ALONE)));
            if (StubbornRefusals.hitsEverything(tallies.failedStubbornly())) {
                refuseWhatHitsEverything(reason, tallies);
            }
            return;
        }
        int middle = items.size() / 2;
        for (List<ApplyItem<?>> half : List.of(items.subList(0, middle), items.subList(middle, items.size()))) {
            if (half.isEmpty()) {
                continue;
            }
            try {
                commit(half, List.of(), tallies);
            } catch (BadData e) {
                isolate(half, e, tallies);
            }
        }
    }

    private static FailedItem failure(ApplyItem<?> item, BadData reason, String remark) {
        log.atWarn()
                .addKeyValue(TraceId.KEY, new TraceId(item.payload().id()).hex())
                .log(
                        "outcome=item-failed payload={} item={} reason={}",
                        item.payload().id(),
                        item.item().path(),
                        reason.kind());
        return new FailedItem(
                item.payload(),
                item.item().path(),
                reason.getMessage() + remark,
                item.item().raw(),
                reason.mayPass());
    }

    /// Writes outcomes. One that cannot be written as it is must not hold up the others.
    private void end(List<PayloadWork> ending, PayloadTallies tallies) {
        try {
            commit(List.of(), ending, tallies);
        } catch (BadData e) {
            if (ending.size() == 1) {
                endBare(ending.getFirst(), e, tallies);
                return;
            }
            int middle = ending.size() / 2;
            end(ending.subList(0, middle), tallies);
            end(ending.subList(middle, ending.size()), tallies);
        }
    }

    /// The outcome alone, as failed, without whatever made it impossible.
    private void endBare(PayloadWork payload, BadData reason, PayloadTallies tallies) {
        log.atError()
                .addKeyValue(TraceId.KEY, new TraceId(payload.id()).hex())
                .log("outcome=failed payload={} reason={}: only its outcome was written", payload.id(), reason.kind());
        tallies.fail(new FailedItem(payload, "$", "the outcome could not be written: " + reason.kind(), null, false));
        Retries.transaction(database, tx -> {
            Outcomes.recordBare(tx, tallies.outcome(payload));
            return true;
        });
    }

    private void commit(List<ApplyItem<?>> items, List<PayloadWork> ending, PayloadTallies tallies) {
        Committed committed;
        try {
            committed = commitWithPartitions(items, ending, tallies);
        } catch (NoPartition | Overtaken e) {
            throw new DataAccessException("not now: " + e.getMessage(), e);
        } catch (DataAccessException e) {
            if (items.isEmpty() || !StubbornRefusals.isRefusal(e)) {
                throw e;
            }
            stubborn.met(tallies.first());
            if (!tallies.isToBeSplit(e)) {
                throw e;
            }
            throw BadData.ofStubborn(e);
        }
        if (!items.isEmpty()) {
            stubborn.committed();
        }
        tallies.committed(committed.applied, committed.expired);
        tallies.forwarded(committed.forwarded);
        if (!committed.owed.isEmpty()) {
            sendFirst.accept(committed.owed);
        }
    }

    private Committed commitWithPartitions(List<ApplyItem<?>> items, List<PayloadWork> ending, PayloadTallies tallies) {
        try {
            return commitSettled(items, ending, tallies);
        } catch (NoPartition e) {
            MissingDays.make(database, ending);
            return commitSettled(items, ending, tallies);
        }
    }

    /// Nothing is applied while the batch owes a change of who is who. What is settled in between may show more.
    private Committed commitSettled(List<ApplyItem<?>> items, List<PayloadWork> ending, PayloadTallies tallies) {
        for (int settlements = 0; ; settlements++) {
            try {
                return tryCommit(items, ending, tallies);
            } catch (NeedsSettlement e) {
                if (settlements == MAX_SETTLEMENTS) {
                    throw new Overtaken("other workers bring new people to the same contacts all the while");
                }
                settle(e, items);
            }
        }
    }

    /// Unless somebody in the batch was erased since it was looked at: then it starts over without them. A business
    /// that the batch brought along went with its transaction: it stays with this one, and the batch starts over.
    private void settle(NeedsSettlement unsettled, List<ApplyItem<?>> items) {
        List<OwedCall> calls = Retries.transaction(database, tx -> {
            PeopleLock.exclusive(tx);
            Horizon.Split split = horizon.split(tx, items);
            if (split.expired().size() != unsettled.expired()) {
                return List.of();
            }
            List<HookEvent> events = Businesses.areThere(tx, unsettled.businesses())
                    ? People.settle(tx, unsettled, ContactBelongings::follow)
                    : BatchTransaction.introduce(tx, split.within(), acceptUnknownAccounts);
            return events.isEmpty() ? List.of() : outbox.enqueue(tx, events, firstAttempts.getAsInt());
        });
        if (!calls.isEmpty()) {
            sendFirst.accept(calls);
        }
    }

    /// Nearly always all is new: what its end writes is looked for only if some of it proves to be there, as after a
    /// death between the commit and its acknowledgement.
    private Committed tryCommit(List<ApplyItem<?>> items, List<PayloadWork> ending, PayloadTallies tallies) {
        try {
            return tryCommit(items, ending, tallies, true);
        } catch (BadData e) {
            if (!e.isDuplicate()) {
                throw e;
            }
            return tryCommit(items, ending, tallies, false);
        }
    }

    private Committed tryCommit(
            List<ApplyItem<?>> items, List<PayloadWork> ending, PayloadTallies tallies, boolean allNew) {
        return Retries.transaction(database, tx -> {
            // duplicates alone say nothing of anybody
            boolean saysSomething = !items.isEmpty() || tallies.anyFailed(ending);
            BatchStart start = saysSomething ? BatchStart.of(tx, items) : BatchStart.withoutItems();
            Horizon.Split split = horizon.split(tx, items, start.anybodyWasErased());
            BatchTransaction.Applied applied;
            try {
                applied = BatchTransaction.run(tx, split.within(), start, acceptUnknownAccounts);
            } catch (NeedsSettlement e) {
                throw e.withExpired(split.expired().size());
            }
            Map<UUID, Integer> expired = split.counts();
            Horizon.redact(tx, split);
            MetaCalls.Told meta = MetaCalls.of(start, split, applied.fresh(), tallies.forwarded());
            List<HookEvent> events = new ArrayList<>(applied.events());
            events.addAll(meta.events());
            List<OwedCall> owed = end(tx, tallies.outcomes(ending, applied, expired), events, allNew);
            return new Committed(applied, expired, meta.payloads(), owed);
        });
    }

    /// Nothing of the transaction may follow: it may be committed already.
    private List<OwedCall> end(DSLContext tx, List<Outcome> outcomes, List<HookEvent> events, boolean allNew) {
        if (allNew && !outcomes.isEmpty() && !events.isEmpty() && Outcomes.areNews(outcomes)) {
            return outbox.enqueueLast(tx, Outcomes.insertion(outcomes), events, firstAttempts.getAsInt());
        }
        List<HookEvent> all = new ArrayList<>(events);
        if (!outcomes.isEmpty()) {
            Outcomes.record(tx, outcomes).forEach(f -> all.add(Events.payloadFailed(f.payload(), f.item(), f.error())));
        }
        return all.isEmpty() ? List.of() : outbox.enqueue(tx, all, firstAttempts.getAsInt());
    }

    private record Committed(
            BatchTransaction.Applied applied, Map<UUID, Integer> expired, Set<UUID> forwarded, List<OwedCall> owed) {}

    /// Facts for one transaction, and the payloads whose last fact is among them.
    private record Chunk(List<ApplyItem<?>> items, List<PayloadWork> ending) {

        static List<Chunk> split(Collection<PayloadWork> payloads, int maxFacts) {
            List<Chunk> chunks = new ArrayList<>();
            Chunk current = new Chunk(new ArrayList<>(), new ArrayList<>());
            for (PayloadWork payload : payloads) {
                for (Fact fact : payload.facts()) {
                    if (current.items.size() == maxFacts) {
                        chunks.add(current);
                        current = new Chunk(new ArrayList<>(), new ArrayList<>());
                    }
                    current.items.add(new ApplyItem<>(fact, payload));
                }
                current.ending.add(payload);
            }
            chunks.add(current);
            return chunks;
        }
    }
}
