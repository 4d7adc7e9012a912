package dev.twotick.worker.upkeep;

import static dev.twotick.db.schema.Tables.EPOCH;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.twotick.model.hash.Sha256;
import dev.twotick.model.process.Loop;
import dev.twotick.queue.Partition;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Which life of the database this is. What Redis remembers of committed facts counts only within one: a database that
/// was restored has lost some of them.
///
/// A new epoch begins when the server's identity or timeline is another than the last row of `epoch` says, or when its
/// log is behind the furthest point that any worker has seen (kept in Redis, `twotick:lsn`): a file-level restore keeps
/// identity and timeline. One begins, too, when that point is lost or no number. The object ids of the database and of
/// a table are part of the name, so a dump restored into the same server shows as well; so is the time at which the
/// server was started, for a restored log may have overtaken its old end before anyone looks: what was committed
/// between the last look and a restore, or lost by a crash with `synchronous_commit` off,
/// may lie behind no point that anybody saw. A row that somebody else writes begins one as well. Where a server does
/// not tell one of these, the others stand.
public final class DatabaseEpoch implements Supplier<String>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DatabaseEpoch.class);
    private static final Duration LEAST_PAUSE = Duration.ofMillis(300);

    /// Workers look at different moments: the point goes on, never back.
    static final String RAISE = """
            local known = tonumber(redis.call('GET', KEYS[1]) or '')
            if not known or known < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
            return 1
            """;

    private final DSLContext db;
    private final RedisClient redis;
    private final String lsnKey;
    private final Thread refresher;
    private volatile String current = "";
    private volatile String started = "";
    private final Semaphore doubts = new Semaphore(0);
    private int doubted;

    /// @param every how often the database is asked, besides after [#doubt]
    public DatabaseEpoch(DSLContext db, Partition redis, Duration every) {
        this.db = db;
        this.redis = redis.redis();
        this.lsnKey = redis.keys().databaseLsn();
        this.refresher = Loop.thread("database-epoch", () -> look(every));
        refresher.setDaemon(true);
    }

    /// The epoch's name, or empty while it is unknown.
    @Override
    public String get() {
        return current;
    }

    /// Asks the database whether it is still the one that the epoch was told of: it may have been replaced since, and
    /// nobody had to notice. If not, the epoch is in doubt.
    ///
    /// @throws DataAccessException when it does not answer
    public boolean stands(String epoch) {
        boolean same = startAndRow().equals(started);
        if (!same) {
            doubt();
        }
        return same && epoch.equals(current);
    }

    /// Call after the database failed: it may come back as another. The epoch is unknown until it has been asked.
    public void doubt() {
        forget();
        doubts.release();
    }

    private synchronized void forget() {
        doubted++;
        current = "";
    }

    private synchronized int doubtsSoFar() {
        return doubted;
    }

    /// Unless it was doubted since: what was asked may have been another life.
    private synchronized void believe(String epoch, String start, int doubtsThen) {
        if (doubted == doubtsThen) {
            started = start;
            current = epoch;
        }
    }

    public void start() {
        refresher.start();
    }

    @Override
    public void close() {
        refresher.interrupt();
    }

    private boolean look(Duration every) throws InterruptedException {
        try {
            refresh();
        } catch (RuntimeException e) {
            forget();
            log.debug("epoch=unknown", e);
        }
        Thread.sleep(LEAST_PAUSE);
        if (!current.isEmpty() && doubts.tryAcquire(every.toMillis(), MILLISECONDS)) {
            doubts.drainPermits();
        }
        return true;
    }

    /// Asks the database.
    ///
    /// @throws DataAccessException when it does not answer
    /// @throws JedisException      when Redis does not: then there is nothing to remember either
    void refresh() {
        int doubtsThen = doubtsSoFar();
        Server server = server();
        // Redis first: whoever wrote that point saw it in this database before, or in another
        OptionalLong furthest = furthest();
        Optional<Long> now = lsn();
        boolean behind = isBehind(now, furthest);
        if (behind || !lastRowIs(server)) {
            begin(server, behind);
        }
        Row row = lastRow();
        now.ifPresent(lsn -> redis.eval(RAISE, List.of(lsnKey), List.of(lsn.toString())));
        believe(hash(row.value() + "|" + server), server.started() + '/' + row.id(), doubtsThen);
    }

    /// A point that is lost may have been ahead.
    private static boolean isBehind(Optional<Long> now, OptionalLong furthest) {
        return now.isPresent() && (furthest.isEmpty() || now.get() < furthest.getAsLong());
    }

    private OptionalLong furthest() {
        try {
            String point = redis.get(lsnKey);
            return point == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(point));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).startsWith("WRONGTYPE")) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }

    private record Server(String systemIdentifier, int timeline, String objects, String started) {}

    private Server server() {
        return new Server(
                told("select system_identifier::text from pg_control_system()").orElse("unknown"),
                told("select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int::text")
                        .map(Integer::valueOf)
                        .orElse(0),
                told("select oid::text || '/' || 'epoch'::regclass::oid from pg_database"
                                + " where datname = current_database()")
                        .orElse(""),
                startOfServer());
    }

    private static final String START = "extract(epoch from pg_postmaster_start_time())::text";

    private static final String LAST_ROW = "'/' || (select coalesce(max(id), 0) from epoch)";

    private String startOfServer() {
        return told("select " + START).orElse("");
    }

    /// Whoever erases a person begins an epoch by a row alone.
    private String startAndRow() {
        return told("select " + START + " || " + LAST_ROW)
                .or(() -> told("select " + LAST_ROW))
                .orElse("");
    }

    private Optional<Long> lsn() {
        return told("select (pg_current_wal_lsn() - '0/0'::pg_lsn)::text").map(Long::valueOf);
    }

    /// What the server answers, or nothing where it may not or cannot.
    private Optional<String> told(String question) {
        try {
            return Optional.ofNullable(db.fetchSingle(question).get(0, String.class));
        } catch (DataAccessException e) {
            if (isRefusal(e.sqlState())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Not permitted, not there, or not on this kind of server.
    private static boolean isRefusal(String sqlState) {
        return sqlState.startsWith("42") || sqlState.startsWith("0A") || sqlState.startsWith("55");
    }

    private boolean lastRowIs(Server server) {
        return db.select(EPOCH.SYSTEM_IDENTIFIER, EPOCH.TIMELINE)
                .from(EPOCH)
                .orderBy(EPOCH.ID.desc())
                .limit(1)
                .fetchOptional()
                .filter(row -> row.value1().equals(server.systemIdentifier()) && row.value2() == server.timeline())
                .isPresent();
    }

    private record Row(long id, String value) {}

    private Row lastRow() {
        return db.select(EPOCH.ID, EPOCH.VALUE)
                .from(EPOCH)
                .orderBy(EPOCH.ID.desc())
                .limit(1)
                .fetchSingle(row -> new Row(row.value1(), row.value2().toString()));
    }

    /// Several workers find out at the same time: the first makes the row.
    private void begin(Server server, boolean behind) {
        db.transaction(configuration -> {
            DSLContext tx = configuration.dsl();
            tx.fetchSingle("select pg_advisory_xact_lock(hashtextextended('twotick.epoch', 0))");
            OptionalLong known = furthest();
            boolean stillBehind = behind && isBehind(lsn(), known);
            if (stillBehind || !lastRowIs(server)) {
                tx.insertInto(EPOCH, EPOCH.SYSTEM_IDENTIFIER, EPOCH.TIMELINE)
                        .values(server.systemIdentifier(), server.timeline())
                        .execute();
                redis.set(lsnKey, "0");
                String reason = !stillBehind ? "server" : known.isEmpty() ? "no-mark" : "log-behind";
                log.info("epoch=new timeline={} reason={}", server.timeline(), reason);
            }
        });
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text), 0, 8);
    }
}
