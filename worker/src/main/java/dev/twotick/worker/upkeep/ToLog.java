package dev.twotick.worker.upkeep;

import static dev.twotick.queue.RedisKeys.PAYLOADS;
import static dev.twotick.queue.RedisKeys.TO_LOG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import dev.twotick.db.DatabaseFault;
import dev.twotick.db.payloadlog.PayloadLogRows;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.StreamWrite;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.resps.StreamEntryBinary;

/// Moves payloads that were accepted while PostgreSQL was down from their stream into the log, and onto the payloads'
/// stream: first the commit, then both steps in Redis as one. A death in between logs the same row again, which does
/// nothing.
final class ToLog implements Job {
    private static final Logger log = LoggerFactory.getLogger(ToLog.class);
    private static final int BATCH = 256; // of at most 32 KiB each
    private static final byte[] FROM = TO_LOG.getBytes(UTF_8);

    private final DSLContext db;
    private final RedisClient redis;
    private final Duration every;
    private final Set<String> leftAlone = new HashSet<>();

    ToLog(DSLContext db, RedisClient redis, Duration every) {
        this.db = db;
        this.redis = redis;
        this.every = every;
    }

    private record Entry(byte[] id, QueuedPayload payload, SignedPayload row) {}

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
        String from = "-";
        while (true) {
            lock.check();
            List<StreamEntryBinary> found = range(from);
            if (found.isEmpty()) {
                return;
            }
            move(found.stream().map(this::parse).flatMap(List::stream).toList());
            from = "(" + found.getLast().getID(); // past those that had to stay
        }
    }

    private void move(List<Entry> entries) {
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
                leaveAlone(new String(entries.getFirst().id(), US_ASCII), e);
                return;
            }
            entries.forEach(entry -> move(List.of(entry)));
            return;
        }
        passOn(entries);
        log.info("job=to-log moved={}", entries.size());
    }

    /// In the order of their ids, in which nobody waits for another who waits for us.
    private void insert(List<Entry> entries) {
        List<SignedPayload> rows = entries.stream()
                .map(Entry::row)
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

    private void passOn(List<Entry> entries) {
        try (Pipeline pipeline = redis.pipelined()) {
            pipeline.sendCommand(Command.MULTI, new byte[0][]);
            add(entries, pipeline);
            List<byte[]> delete = new ArrayList<>(List.of(FROM));
            entries.forEach(entry -> delete.add(entry.id()));
            pipeline.sendCommand(Command.XDEL, delete.toArray(byte[][]::new));
            Response<Object> done = pipeline.sendCommand(Command.EXEC, new byte[0][]);
            pipeline.sync();
            if (!executed(done)) {
                forget(entries);
            }
        }
    }

    private static void add(List<Entry> entries, Pipeline pipeline) {
        entries.forEach(
                entry -> StreamWrite.of(pipeline, PAYLOADS, entry.payload().withoutSignature()));
    }

    private static boolean executed(Response<Object> transaction) {
        try {
            return transaction.get() instanceof List<?> answers
                    && answers.stream().noneMatch(JedisDataException.class::isInstance);
        } catch (JedisDataException e) { // one of the commands was refused before the end
            return false;
        }
    }

    /// Redis takes no new entry, for want of memory perhaps: the rows are in the log. Their going makes room; what is
    /// refused all the same, requeue pushes later.
    private void forget(List<Entry> entries) {
        redis.xdel(FROM, entries.stream().map(Entry::id).toArray(byte[][]::new));
        try (Pipeline pipeline = redis.pipelined()) {
            add(entries, pipeline);
            pipeline.sync();
        }
    }

    private List<StreamEntryBinary> range(String from) {
        CommandArguments range = new CommandArguments(Command.XRANGE)
                .key(TO_LOG)
                .add(from)
                .add("+")
                .add("COUNT")
                .add(BATCH);
        return redis.executeCommand(new CommandObject<>(range, BuilderFactory.STREAM_ENTRY_BINARY_LIST));
    }

    /// One entry, or none when it must stay: these payloads are nowhere else.
    private List<Entry> parse(StreamEntryBinary entry) {
        String id = entry.getID().toString();
        try {
            QueuedPayload payload = QueuedPayload.fromFields(requireNonNull(entry.getFields()));
            return List.of(new Entry(id.getBytes(US_ASCII), payload, payload.signed()));
        } catch (IllegalArgumentException e) {
            leaveAlone(id, e);
            return List.of();
        }
    }

    private void leaveAlone(String id, RuntimeException why) {
        if (leftAlone.size() < 10_000 && leftAlone.add(id)) {
            log.error(
                    "stream={} entry={} state=left reason=\"{}\": look at it, then log or delete it by hand",
                    TO_LOG,
                    id,
                    DatabaseFault.words(why));
        }
    }

    private static boolean isOfTheData(DataAccessException e) {
        return e.sqlState().startsWith("22") || e.sqlState().startsWith("23");
    }
}
