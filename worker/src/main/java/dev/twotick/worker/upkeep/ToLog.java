package dev.twotick.worker.upkeep;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import dev.twotick.db.DatabaseFault;
import dev.twotick.db.payloadlog.PayloadLogRows;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.ToLogEntries;
import dev.twotick.queue.ToLogEntries.Entry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.StreamEntryBinary;

/// Moves payloads that were accepted while PostgreSQL was down from their stream into the log, and onto the payloads'
/// stream: first the commit, then both steps in Redis as one. A death in between logs the same row again, which does
/// nothing.
final class ToLog implements Job {
    private static final Logger log = LoggerFactory.getLogger(ToLog.class);
    private static final int BATCH = 256; // of at most 32 KiB each

    private final DSLContext db;
    private final List<ToLogEntries> streams;
    private final Duration every;
    private final Set<String> leftAlone = new HashSet<>();

    ToLog(DSLContext db, Partitions redis, Duration every) {
        this.db = db;
        this.streams = redis.all().stream().map(ToLogEntries::new).toList();
        this.every = every;
    }

    @Override
    public String name() {
        return "to-log";
    }

    @Override
    public Duration every() {
        return every;
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        Optional<JedisException> unreached = Optional.empty();
        for (ToLogEntries parked : streams) {
            try {
                moveAll(parked, lock);
            } catch (JedisException e) {
                unreached = Optional.of(e); // what the others have can go
            }
        }
        if (unreached.isPresent()) {
            throw unreached.get();
        }
    }

    private void moveAll(ToLogEntries parked, HeldLock lock) throws SQLException {
        String from = "-";
        while (true) {
            lock.check();
            List<StreamEntryBinary> found = parked.page(from, BATCH);
            if (found.isEmpty()) {
                return;
            }
            move(
                    parked,
                    found.stream()
                            .map(entry -> parse(parked, entry))
                            .flatMap(List::stream)
                            .toList());
            from = "(" + found.getLast().getID(); // past those that had to stay
        }
    }

    private void move(ToLogEntries parked, List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        try {
            insert(entries);
        } catch (DataAccessException e) {
            if (!isOfTheData(e)) {
                throw e;
            }
            if (entries.size() == 1) {
                leaveAlone(parked, entries.getFirst().id(), e);
                return;
            }
            entries.forEach(entry -> move(parked, List.of(entry)));
            return;
        }
        parked.passOn(entries);
        log.info("job=to-log moved={}", entries.size());
    }

    /// In the order of their ids, in which nobody waits for another who waits for us.
    private void insert(List<Entry> entries) {
        List<SignedPayload> rows = entries.stream()
                .map(entry -> entry.payload().signed())
                .sorted(comparing(SignedPayload::id))
                .toList();
        try {
            insertRows(rows);
        } catch (DataAccessException e) {
            if (!(e.getCause() instanceof SQLException cause && PayloadLogRows.isMissingDay(cause))) {
                throw e;
            }
            db.connection(connection -> PayloadLogRows.makeDays(connection, rows));
            insertRows(rows);
        }
    }

    private void insertRows(List<SignedPayload> rows) {
        db.connection(connection -> PayloadLogRows.insert(connection, rows));
    }

    /// One entry, or none when it must stay: these payloads are nowhere else.
    private List<Entry> parse(ToLogEntries parked, StreamEntryBinary entry) {
        String id = entry.getID().toString();
        try {
            QueuedPayload payload = QueuedPayload.fromFields(requireNonNull(entry.getFields()));
            payload.signed(); // refuses one that lacks something
            return List.of(new Entry(id, payload));
        } catch (IllegalArgumentException e) {
            leaveAlone(parked, id, e);
            return List.of();
        }
    }

    private void leaveAlone(ToLogEntries parked, String id, RuntimeException why) {
        if (leftAlone.size() < 10_000 && leftAlone.add(parked + " " + id)) {
            log.error(
                    "stream={} entry={} state=left reason=\"{}\": look at it, then log or delete it by hand",
                    parked,
                    id,
                    DatabaseFault.words(why));
        }
    }

    private static boolean isOfTheData(DataAccessException e) {
        return e.sqlState().startsWith("22") || e.sqlState().startsWith("23");
    }
}
