package dev.twotick.worker.outbox;

import dev.twotick.db.MissingPartition;
import dev.twotick.worker.outbox.DeliveryLines.Line;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Notice;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Tally;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Verdict;
import dev.twotick.worker.outbox.HookDeliveries.Finished;
import dev.twotick.worker.outbox.HookDeliveries.Written;
import dev.twotick.worker.outbox.HookEndpoints.Judged;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `deliver` reads and writes: the endpoints, the calls due, and what became of them.
public final class DeliveryLedger {
    private static final Logger log = LoggerFactory.getLogger(DeliveryLedger.class);

    private final DSLContext db;
    private final Duration lease;
    private final EndpointCircuitBreaker breaker;
    private final HookEndpoints endpoints;
    private final HookDeliveries deliveries = new HookDeliveries();
    private final EndpointNotices notices;

    public DeliveryLedger(DSLContext db, HookSettings settings) {
        this(db, settings, EndpointCircuitBreaker.STANDARD);
    }

    public DeliveryLedger(DSLContext db, HookSettings settings, EndpointCircuitBreaker breaker) {
        this.db = db;
        this.lease = settings.lease();
        this.breaker = breaker;
        this.endpoints = new HookEndpoints(settings.box(), settings.timeout(), settings.longestTimeout());
        this.notices = new EndpointNotices(new Outbox(lease), breaker.disableAfter());
    }

    /// PostgreSQL's clock.
    public Instant now() {
        return db.fetchSingle(DSL.field("clock_timestamp()", SQLDataType.INSTANT))
                .value1();
    }

    public List<Endpoint> endpoints() {
        return endpoints.active(db);
    }

    /// Takes the one probe of each endpoint whose pause is over; make room for one call to each.
    public Set<UUID> takeProbes() {
        return inTransaction(tx -> endpoints.takeProbes(tx, lease));
    }

    /// Room for `most` events to an endpoint, and for so many bytes of their bodies.
    ///
    /// @param calls in so many calls at most
    /// @param batch as many events at most go in one
    /// @param probe although the endpoint is paused: this process has taken its probe
    /// @param rated the endpoint has a rate, which may leave less
    public record Room(UUID endpointId, int most, int calls, int batch, long bytes, boolean probe, boolean rated) {
        /// A call for each event.
        public Room(UUID endpointId, int most, long bytes, boolean probe, boolean rated) {
            this(endpointId, most, most, 1, bytes, probe, rated);
        }

        Room atMost(int left) {
            return new Room(
                    endpointId,
                    (int) Math.min(most, (long) left * batch),
                    Math.min(calls, left),
                    batch,
                    bytes,
                    probe,
                    rated);
        }

        /// In how many calls these will go; of large events it may be a few more.
        int callsFor(List<OwedCall> events) {
            double calls = events.stream()
                    .mapToDouble(event -> event.alone()
                            ? 1
                            : Math.clamp(
                                    event.body().length / (double) Endpoint.Limits.MOST_BYTES_OF_BATCH, 1.0 / batch, 1))
                    .sum();
            return (int) Math.ceil(calls - 0.001);
        }
    }

    /// @param bytes of bodies, to all of them
    /// @param outsize of so many bytes at least, one body may come that is larger than its endpoint's room
    public record Rooms(List<Room> each, long bytes, long outsize) {
        public Rooms {
            each = List.copyOf(each);
        }
    }

    /// @param moreWaits endpoints of which more was due than there was room for
    /// @param rateLeavesMoreIn when it is worth while to ask again for what the rate of one of them held back
    public record Claimed(List<OwedCall> calls, Set<UUID> moreWaits, Optional<Duration> rateLeavesMoreIn) {
        static final Claimed NOTHING = new Claimed(List.of(), Set.of(), Optional.empty());

        public Claimed {
            calls = List.copyOf(calls);
            moreWaits = Set.copyOf(moreWaits);
        }

        public boolean isEmpty() {
            return calls.isEmpty();
        }
    }

    /// Leases the calls that are due, fairly: each endpoint gives as many as there is room for.
    public Claimed claimDue(Rooms rooms) {
        if (rooms.each().isEmpty()) {
            return Claimed.NOTHING;
        }
        if (rooms.each().stream().noneMatch(Room::rated)) { // nearly always
            return inTransaction(tx -> DueCalls.claim(tx, rooms, lease));
        }
        return inTransaction(tx -> {
            EndpointRates rates = EndpointRates.lock(tx, rooms);
            Rooms left = rates.within(rooms);
            Claimed claimed = left.each().isEmpty() ? Claimed.NOTHING : DueCalls.claim(tx, left, lease);
            return rates.use(tx, left, claimed);
        });
    }

    /// @param written attempts whose claim still held
    /// @param parked of these, those that are laid aside for what they hold
    /// @param endpointsChanged one was paused, has recovered, or is disabled
    /// @param closed those that are paused or disabled now
    public record Recorded(int written, int parked, boolean endpointsChanged, Set<UUID> closed) {
        public static final Recorded NOTHING = new Recorded(0, 0, false, Set.of());
    }

    /// PostgreSQL does not take what is in one of these outcomes, and would not take it the next time.
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(DataAccessException why) {
            super("SQLSTATE " + why.sqlState(), why);
        }
    }

    /// Writes outcomes in one transaction: deliveries, attempts, the endpoints' records, and events about these.
    ///
    /// @throws Refused for something in one of them; any other exception: try again
    public Recorded record(List<FinishedCall> finished) {
        try {
            return write(finished);
        } catch (DataAccessException e) {
            if (MissingPartition.isCauseOf(e)) {
                MissingPartition.makeUntil(db, 1);
                return writeOrRefuse(finished);
            }
            throw refusalOr(e);
        }
    }

    private Recorded writeOrRefuse(List<FinishedCall> finished) {
        try {
            return write(finished);
        } catch (DataAccessException e) {
            throw refusalOr(e);
        }
    }

    private static RuntimeException refusalOr(DataAccessException e) {
        return e.sqlState().startsWith("22") || e.sqlState().startsWith("23") ? new Refused(e) : e;
    }

    private Recorded write(List<FinishedCall> finished) {
        Map<Boolean, List<FinishedCall>> bySent =
                finished.stream().collect(Collectors.partitioningBy(FinishedCall::wasSent));
        List<FinishedCall> sent = bySent.getOrDefault(true, List.of());
        List<FinishedCall> unsent = bySent.getOrDefault(false, List.of());
        return inTransaction(tx -> {
            if (!unsent.isEmpty()) {
                deliveries.release(tx, unsent);
            }
            if (sent.isEmpty()) {
                return Recorded.NOTHING;
            }
            Finished done = deliveries.finish(tx, sent);
            DeliveryLines.moveUp(
                    tx,
                    Line.of(done.written().stream()
                            .map(written -> written.finished().call())
                            .toList()));
            return judge(tx, done);
        });
    }

    private <T> T inTransaction(Function<DSLContext, T> work) {
        return db.transactionResult(configuration -> work.apply(configuration.dsl()));
    }

    /// What was not written says nothing: another holds the call, or an earlier try of ours has committed it.
    private Recorded judge(DSLContext tx, Finished finished) {
        Map<UUID, Tally> tallies = new LinkedHashMap<>();
        Set<UUID> batches = new HashSet<>();
        for (Written written : finished.written()) {
            FinishedCall.Batch batch = written.finished().batch();
            if (batch == null || batches.add(batch.id())) { // it was one call
                UUID endpoint = written.finished().call().endpointId();
                tallies.put(
                        endpoint, tallies.getOrDefault(endpoint, Tally.NOTHING).and(written));
            }
        }
        List<Written> parked =
                finished.written().stream().filter(Written::parked).toList();
        parked.forEach(DeliveryLedger::report);
        int written = finished.written().size();
        if (!finished.ailing() && tallies.values().stream().noneMatch(Tally::failed)) { // nearly always
            return new Recorded(written, 0, false, Set.of());
        }
        boolean changed = false;
        Set<UUID> closed = new HashSet<>();
        for (Judged endpoint : endpoints.lock(tx, tallies)) {
            Tally tally = tallies.getOrDefault(endpoint.id(), Tally.NOTHING);
            Verdict verdict = breaker.judge(endpoint.before(), tally, endpoint.now());
            endpoints.save(tx, endpoint.id(), verdict.health(), tally, endpoint.now());
            for (Notice notice : verdict.notices()) {
                notices.tell(tx, endpoint, notice, tally, verdict);
            }
            if (tally.parked() != null && endpoints.isToBeToldOfParked(tx, endpoint.id())) {
                notices.tellOfParked(tx, endpoint, tally.parked());
            }
            changed |= !verdict.notices().isEmpty() || verdict.health().takesNoCalls();
            if (verdict.health().takesNoCalls()) {
                closed.add(endpoint.id());
            }
        }
        return new Recorded(written, parked.size(), changed, closed);
    }

    private static void report(Written parked) {
        FinishedCall finished = parked.finished();
        log.warn(
                "hook call parked endpoint={} event={} type={} attempts={} error=\"{}\"",
                finished.call().endpointId(),
                finished.call().eventId(),
                finished.call().type(),
                finished.call().attempt() + 1,
                finished.outcome().error());
    }
}
