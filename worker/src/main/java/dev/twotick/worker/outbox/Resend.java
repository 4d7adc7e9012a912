package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.CONVERSATION;
import static dev.twotick.db.schema.Tables.HOOK_RESEND;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.ResendChunk.Looked;
import dev.twotick.worker.outbox.ResendRows.Taken;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/// Owes hook calls again, under their events' own ids: the running workers make them. A call that waits for its retry
/// is made now instead.
///
/// What is asked for is a row for each endpoint, which anyone carries on, in chunks: the command that asked, and one of
/// the workers. Never more calls wait at an endpoint than `outstanding`, so that live ones do not queue up behind a
/// million old ones.
public final class Resend {
    private static final String DUE = """
            select count(*) from (
                select from hook_delivery where endpoint_id = {0} and next_attempt_at <= now() limit {1}) due
            """;

    // It is not removed while calls are owed to it.
    private static final String ENDPOINT = "select active from hook_endpoint where id = {0} for key share";

    /// What became of an event at an endpoint.
    public enum Only {
        ALL,
        /// Its last attempt was, and it is not owed.
        DELIVERED,
        /// It is dead, or its last attempt was not delivered.
        FAILED,
        /// It was given up.
        DEAD,
        /// It was never tried and is not owed, as what was raised while the endpoint was disabled.
        MISSED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Only of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// Which events, and to whom.
    ///
    /// @param endpoint its name or id; none: every active endpoint
    /// @param type a glob
    /// @param since when the event was raised, inclusive
    /// @param until exclusive
    /// @param ids of these events alone; empty: of all
    /// @param accounts of these `phone_number_id`s alone; empty: of all
    /// @param conversation of its messages alone
    /// @param only of these, which
    public record Selection(
            Optional<String> endpoint,
            String type,
            Optional<Instant> since,
            Optional<Instant> until,
            Set<UUID> ids,
            Set<String> accounts,
            Optional<Long> conversation,
            Only only) {
        public Selection {
            ids = Set.copyOf(ids);
            accounts = Set.copyOf(accounts);
            if (!Globs.isGlob(type)) {
                throw new IllegalArgumentException("--type is an event type or a glob such as message.*, not " + type);
            }
        }

        /// All of an endpoint's.
        public static Selection of(String endpoint, Optional<Instant> since, Only only) {
            return new Selection(
                    Optional.of(endpoint), "*", since, Optional.empty(), Set.of(), Set.of(), Optional.empty(), only);
        }

        /// @param last inclusive
        Selection within(Instant first, Instant last) {
            Instant end = last.plus(1, ChronoUnit.MICROS);
            return new Selection(
                    endpoint,
                    type,
                    Optional.of(since.filter(first::isBefore).orElse(first)),
                    Optional.of(until.filter(end::isAfter).orElse(end)),
                    ids,
                    accounts,
                    conversation,
                    only);
        }
    }

    /// How far it is.
    ///
    /// @param events looked at, over all endpoints
    /// @param calls of these, the ones chosen
    /// @param owed of these, the ones owed again; the others are being made at this moment
    /// @param stalled endpoints that took none for too long: theirs goes on in the workers, when they do
    public record Counts(long events, long calls, long owed, List<String> stalled) {
        static final Counts NONE = new Counts(0, 0, 0, List.of());

        public Counts {
            stalled = List.copyOf(stalled);
        }

        Counts and(Looked looked) {
            return new Counts(events + looked.events(), calls + looked.calls(), owed + looked.owed(), stalled);
        }

        Counts and(Counts other) {
            return new Counts(events + other.events, calls + other.calls, owed + other.owed, stalled);
        }

        Counts stalled(List<String> endpoints) {
            return new Counts(events, calls, owed, endpoints);
        }
    }

    /// Hears of progress after each chunk.
    @FunctionalInterface
    public interface Progress {
        void at(Counts soFar);
    }

    public enum State {
        RUNNING,
        CANCELED,
        DONE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// What became of a try to carry one on.
    public sealed interface Step {
        /// A chunk was looked at; it may have been the last.
        record Moved() implements Step {}

        /// The endpoint has as many calls due as may be, or may not be called.
        record Full(int due) implements Step {}

        /// Its rate is used up.
        record Early() implements Step {}

        /// It has ended, or another carries it on.
        record NotOurs() implements Step {}
    }

    private final DSLContext db;
    private final int chunk;
    private final int outstanding;
    private final Duration patience;

    public Resend(DSLContext db) {
        this(db, 1_000, 2_000, Duration.ofMinutes(5));
    }

    /// @param chunk events looked at by one statement
    /// @param outstanding calls that may be due at an endpoint while more are added
    /// @param patience with an endpoint of which none is taken, before it is left to the workers
    Resend(DSLContext db, int chunk, int outstanding, Duration patience) {
        this.db = db;
        this.chunk = chunk;
        this.outstanding = outstanding;
        this.patience = patience;
    }

    /// From now on the workers carry it on.
    ///
    /// @param rate calls owed in a second, to each endpoint; empty: as it takes them
    /// @return one for each endpoint
    /// @throws IllegalArgumentException when there is no such active endpoint, or no such conversation
    public List<Long> begin(Selection selection, OptionalInt rate) {
        Selection narrowed = narrowed(selection);
        List<Long> ids = ResendRows.begin(db, narrowed, rate);
        if (ids.isEmpty()) {
            throw noEndpoint(selection.endpoint());
        }
        return ids;
    }

    /// Begins it and carries it on to its end, however much it is; while PostgreSQL is away it waits.
    ///
    /// @throws InterruptedException when interrupted: the workers carry it on
    public Counts run(Selection selection, OptionalInt rate, Progress progress) throws InterruptedException {
        return follow(begin(selection, rate), progress);
    }

    /// Carries these on to their end, as [#run].
    public Counts follow(List<Long> ids, Progress progress) throws InterruptedException {
        return new ResendFollower(this, patience, progress).follow(ids);
    }

    /// How many [#run] would choose; `owed` is 0.
    public Counts count(Selection selection) {
        Selection narrowed = narrowed(selection);
        Counts counts = Counts.NONE;
        List<ResendScope> scopes = ResendRows.scopes(db, narrowed);
        if (scopes.isEmpty()) {
            throw noEndpoint(selection.endpoint());
        }
        for (ResendScope scope : scopes) {
            Looked looked = new Looked(0, 0, 0, Optional.of(scope.start()), false);
            while (!looked.isLast()) {
                looked = ResendChunk.next(db, scope, looked.last().orElseThrow(), chunk, chunk, false);
                counts = counts.and(looked);
            }
        }
        return counts;
    }

    /// Those that are to be carried on.
    public List<Long> running() {
        return ResendRows.running(db);
    }

    /// Owes the next chunk's calls, if there is room for them.
    public Step carryOn(long id) {
        return db.transactionResult(transaction -> {
            DSLContext tx = transaction.dsl();
            Optional<Taken> taken = ResendRows.take(tx, id);
            return taken.isEmpty() ? new Step.NotOurs() : carryOn(tx, taken.get());
        });
    }

    private Step carryOn(DSLContext tx, Taken taken) {
        UUID endpoint = taken.scope().endpoint();
        Optional<Record> called = tx.fetchOptional(ENDPOINT, val(endpoint));
        if (called.isEmpty()) {
            ResendRows.change(tx, taken.id(), State.CANCELED, Set.of(State.RUNNING));
            return new Step.NotOurs();
        }
        if (taken.rateIsUsed()) {
            return new Step.Early();
        }
        int due = tx.fetchSingle(DUE, val(endpoint), val(outstanding + chunk)).get(0, Integer.class);
        if (due >= outstanding || !called.get().get("active", Boolean.class)) {
            return new Step.Full(due);
        }
        Looked looked = ResendChunk.next(tx, taken.scope(), taken.after(), chunk, atOnce(taken.rate()), true);
        ResendRows.moved(tx, taken, looked);
        if (looked.isLast()) {
            ResendRows.change(tx, taken.id(), State.DONE, Set.of(State.RUNNING));
        }
        return new Step.Moved();
    }

    /// A rate in a few steps a second, so that its calls do not come in bursts.
    private int atOnce(OptionalInt rate) {
        return rate.isEmpty() ? chunk : Math.clamp(rate.getAsInt() / 5, 1, chunk);
    }

    /// The latest first.
    public List<ResendView> list() {
        return ResendRows.fetch(db, noCondition()).reversed();
    }

    /// The latest first.
    ///
    /// @param id exclusive
    public List<ResendView> before(long id, int limit) {
        return ResendRows.before(db, id, limit);
    }

    /// In the order of their ids; of one that there is not, nothing.
    public List<ResendView> show(Collection<Long> ids) {
        return ResendRows.fetch(db, HOOK_RESEND.ID.in(ids));
    }

    /// No more calls are owed by it: those that are owed already are made.
    ///
    /// @throws IllegalArgumentException when it does not run
    public void cancel(long id) {
        change(id, State.CANCELED, State.RUNNING);
    }

    /// One that was canceled goes on where it was.
    ///
    /// @throws IllegalArgumentException when it was not canceled
    public void resume(long id) {
        change(id, State.RUNNING, State.CANCELED);
    }

    private void change(long id, State to, State from) {
        if (!ResendRows.change(db, id, to, Set.of(from))) {
            String is = show(List.of(id)).stream()
                    .map(resend -> "resend " + id + " is " + resend.state().word())
                    .findFirst()
                    .orElse("there is no resend " + id);
            throw new IllegalArgumentException(is + "; see: worker --resend --list");
        }
    }

    /// When events of given ids were raised is looked up, if it can be: else all that are kept are looked through.
    private Selection narrowed(Selection selection) {
        selection.conversation().ifPresent(this::refuseUnknown);
        if (selection.ids().isEmpty()) {
            return selection;
        }
        return RaisedAt.of(db, selection.ids())
                .filter(raised -> raised.found() == selection.ids().size())
                .map(raised -> selection.within(raised.first(), raised.last()))
                .orElse(selection);
    }

    private void refuseUnknown(long conversation) {
        if (!db.fetchExists(CONVERSATION, CONVERSATION.ID.eq(conversation))) {
            throw new IllegalArgumentException(
                    "there is no conversation " + conversation + ": its id is an event's data.conversation_id");
        }
    }

    private static IllegalArgumentException noEndpoint(Optional<String> wanted) {
        return new IllegalArgumentException(
                wanted.map(name -> "no active endpoint is called " + name).orElse("there is no active endpoint")
                        + "; see: worker endpoint list");
    }
}
