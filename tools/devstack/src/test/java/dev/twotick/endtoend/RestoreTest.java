package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.status;
import static dev.twotick.endtoend.Bodies.statuses;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.LocalPostgres;
import dev.twotick.stores.LocalRedis;
import dev.twotick.worker.WorkerCommand;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Record;
import org.jooq.Result;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/// PostgreSQL goes back to an earlier point: what happened since comes again, and ends as it was, under the same ids.
/// The servers are the embedded ones always: a restore wants their files.
class RestoreTest {
    @TempDir
    static Path home;

    private static LocalPostgres postgres;
    private static LocalRedis redis;
    private static Jedis jedis;
    private Installation twotick;

    @BeforeAll
    static void startServers() {
        postgres = LocalPostgres.start(home.resolve("postgres"), 0, "test");
        redis = LocalRedis.start(home.resolve("redis"), 0);
        jedis = new Jedis(URI.create(redis.url()));
    }

    @AfterAll
    static void stopServers() {
        jedis.close();
        redis.kill();
        postgres.kill();
    }

    @BeforeEach
    void start(TestInfo test) throws Exception {
        String name = "t" + test.getDisplayName().hashCode() % 1_000_000;
        try (var connection = DriverManager.getConnection(postgres.jdbcUrl("postgres"), LocalPostgres.USER, "test");
                var statement = connection.createStatement()) {
            statement.execute("create database \"" + name + "\"");
        }
        jedis.flushAll();
        twotick =
                new Installation(new DatabaseSettings(postgres.jdbcUrl(name), LocalPostgres.USER, "test"), redis.url());
    }

    @AfterEach
    void stop() {
        twotick.close();
    }

    @Test
    void underRunningProcessesWhatMetaRepeatsBringsTheStateBackUnderTheSameIds() throws Exception {
        twotick.startWorker();
        postAll(BEFORE);
        Backup backup = backup();
        Set<String> toldBefore = told();
        postAll(SINCE);
        String state = state();
        Set<String> toldSince = told();
        toldSince.removeAll(toldBefore);

        // the worker has nothing to do meanwhile: it meets the restored server with the first repetition
        backup.restore();
        twotick.hook.calls.clear();
        postAll(SINCE);
        postAll(BEFORE);

        assertThat(state()).isEqualTo(state);
        assertThat(told()).isEqualTo(toldSince);
    }

    @Test
    void aRestoredLogThatOvertookItsOldEndBeforeAWorkerLookedHidesNothing() throws Exception {
        twotick.startWorker();
        postAll(BEFORE);
        Backup backup = backup();
        postAll(SINCE);
        String state = state();
        twotick.stopWorkers();

        backup.restore();
        for (int segment = 0; segment < 3; segment++) {
            twotick.db.execute("create table if not exists filler as select 1");
            twotick.db.fetch("select pg_switch_wal()");
            twotick.db.execute("drop table filler");
        }
        twotick.startWorker();
        postAll(SINCE);

        assertThat(state()).isEqualTo(state);
    }

    @Test
    void withoutRedisImportedLogRowsAndAReplayBringTheStateBack() throws Exception {
        twotick.startWorker();
        postAll(BEFORE);
        Backup backup = backup();
        Instant then = Instant.now();
        Set<String> toldBefore = told();
        postAll(SINCE);
        String state = state() + receiveTimes();
        Set<String> toldSince = told();
        toldSince.removeAll(toldBefore);
        Result<Record> archived =
                twotick.db.fetch("select * from payload_log where received_at > ?::timestamptz", then.toString());

        backup.restore();
        jedis.flushAll();
        twotick.hook.calls.clear();
        for (Record row : archived) {
            // the pool may still hold a connection to the server that was
            await().ignoreExceptions()
                    .until(() -> 0
                            <= twotick.db.execute(
                                    "insert into payload_log (id, received_at, body, signature, app)"
                                            + " values (?, ?::timestamptz, ?, ?, ?) on conflict do nothing",
                                    row.get("id", UUID.class),
                                    row.get("received_at", String.class),
                                    row.get("body", byte[].class),
                                    row.get("signature", byte[].class),
                                    row.get("app", String.class)));
        }
        assertThat(WorkerCommand.run(twotick.environment, "--replay", "--since", then.toString()))
                .isEqualTo(0);

        await().until(() -> twotick.one("select count(*) from hook_delivery").equals(0L));
        assertThat(archived).hasSize(SINCE.size());
        assertThat(state() + receiveTimes()).isEqualTo(state);
        assertThat(told()).isEqualTo(toldSince);
    }

    private Backup backup() {
        Backup backup = Backup.take(postgres, home.resolve("postgres"));
        await().ignoreExceptions().until(() -> twotick.one("select 1").equals(1));
        return backup;
    }

    /// Until each is taken, as Meta does; returns when all of it is applied and told.
    private void postAll(List<String> bodies) {
        for (String body : bodies) {
            await().ignoreExceptions().until(() -> twotick.post(body) == 200);
        }
        // what came while PostgreSQL was still starting is parked there
        await().until(() -> jedis.xlen("twotick:to-log") == 0);
        twotick.settle();
        await().until(() -> twotick.one("select count(*) from hook_delivery").equals(0L));
    }

    /// Ids of the events that the developer was told of.
    private Set<String> told() {
        return twotick.hook.calls.stream().map(HookReceiver.Call::id).collect(Collectors.toSet());
    }

    /// Whatever follows from the payloads, without numbers that the database gives out and without times of receipt.
    private String state() {
        List<String> tables = new ArrayList<>();
        for (String query : STATE) {
            tables.add(twotick.db.fetch(query).formatCSV());
        }
        return String.join("\n", tables);
    }

    private String receiveTimes() {
        return twotick.db
                .fetch("select wamid, live_at, payload_id from message order by wamid")
                .formatCSV();
    }

    private static final String NUMBER = "2001";

    private static final List<String> BEFORE = List.of(
            payload(messages(NUMBER, List.of(text("16505552001", "wamid.B1", "before")))),
            payload(statuses(NUMBER, List.of(status("wamid.B2", "sent", 0)))));

    private static final List<String> SINCE = List.of(
            payload(messages(
                    NUMBER,
                    List.of(text("16505552001", "wamid.S1", "since"), text("16505552002", "wamid.S2", "someone new")))),
            payload(statuses(NUMBER, List.of(status("wamid.B2", "read", 9), status("wamid.B2", "delivered", 5)))),
            payload(statuses("2002", List.of(status("wamid.S3", "failed", 1)))),
            payload("{\"field\":\"brand_new_field\",\"value\":{\"novelty\":1}}"));

    private static final List<String> STATE = List.of(
            """
                    select a.phone_number_id, m.key, m.wamid, m.direction, m.type, m.body, m.status, m.status_rank,
                        m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.occurred_at, m.content_digest, m.raw::text
                    from message m join account a on a.id = m.account_id order by m.key
                    """,
            """
                    select m.wamid, s.status, s.participant, s.occurred_at, s.digest
                    from message_status s join message m on m.id = s.message_id order by 1, 2
                    """,
            "select kind, value, contact_id from contact_identity order by 1, 2",
            """
                    select a.phone_number_id, c.contact_id, c.unread_count, c.last_message_at, c.window_expires_at
                    from conversation c join account a on a.id = c.account_id order by 1, 2
                    """,
            "select fact_key, field, value::text from account_notice order by 1",
            "select id, type from hook_event order by 1");
}
