package dev.twotick.worker;

import static dev.twotick.queue.RedisKeys.GROUP;
import static dev.twotick.worker.MetaBodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Workers as processes: killed, stopped and woken, told to end.
@WithStores
class WorkerProcessTest {
    private final Stores stores;
    private final WorkerFixture twotick;

    WorkerProcessTest(Stores stores) {
        this.stores = stores;
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }

    @AfterEach
    void close() {
        twotick.close();
    }

    @Test
    void aWorkerThatWasStoppedInATransactionHoldsNothingUpAndDoublesNothingWhenItWakes() throws Exception {
        WorkerProcess sleeper = twotick.process();
        twotick.receiveText(0, "it works");
        twotick.settle();
        try (Connection connection = stores.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table message in access exclusive mode");
            for (int n = 1; n <= 200; n++) {
                twotick.receiveText(n, "hello");
            }
            await().until(() -> blockedBackends() > 0);
            sleeper.signal("STOP");
            connection.rollback();
        }
        twotick.worker();
        await().until(() -> twotick.number("select count(*) from payload_outcome") == 201);
        sleeper.signal("CONT");
        for (int n = 201; n <= 400; n++) {
            twotick.receiveText(n, "hello");
        }
        twotick.settle();

        assertThat(sleeper.stop(120)).isTrue();
        assertThat(twotick.number("select count(*) from message")).isEqualTo(401);
        assertThat(twotick.number("select sum(unread_count) from conversation")).isEqualTo(401);
        assertThat(twotick.number("select count(*) from hook_event where type = 'message.received'"))
                .isEqualTo(401);
        assertThat(twotick.number("select count(*) from payload_outcome")).isEqualTo(401);
        assertThat(twotick.text("select string_agg(distinct state, ',') from payload"))
                .isEqualTo("processed");
    }

    @Test
    void aPayloadThatKillsEveryWorkerIsGivenUpAndItsNeighboursAreApplied() throws Exception {
        twotick.db.execute("""
                create or replace function deadly() returns trigger language plpgsql as $$
                begin
                    if new.body = 'deadly' then perform pg_sleep(3600); end if;
                    return new;
                end $$""");
        twotick.db.execute("create trigger deadly before insert on message for each row execute function deadly()");
        try {
            twotick.receiveText(1, "neighbour");
            PayloadId deadly = twotick.receive(text("16505551234", "wamid.Deadly", 1_795_000_000, "deadly"));
            twotick.receiveText(2, "neighbour");
            assertThat(killWhatFallsFor(3))
                    .as("twice among others, three times alone")
                    .isEqualTo(5);
            assertThat(twotick.number("select count(*) from message")).isEqualTo(2);
            assertThat(twotick.text("select payload_id || item from payload_failure"))
                    .isEqualTo(deadly.value() + "$");
            assertThat(twotick.number("select count(*) from hook_event where type = 'payload.failed'"))
                    .isEqualTo(1);
            assertThat(twotick.redis.xinfoConsumers2(RedisKeys.ALONE.payloads(), GROUP))
                    .as("the last one left the group; the killed ones hold nothing")
                    .allMatch(consumer -> consumer.getPending() == 0);

            twotick.db.execute("update payload_failure set retry_at = now()");
            assertThat(killWhatFallsFor(4))
                    .as("tried again by itself, it costs one worker")
                    .isEqualTo(1);
            assertThat(twotick.number("select count(*) from payload_failure where healed_at is null and retries = 1"
                            + " and retry_at > now() + interval '1 minute'"))
                    .isEqualTo(1);
        } finally {
            twotick.db.execute("drop trigger deadly on message");
        }
        twotick.db.execute("update payload_failure set retry_at = now()");
        try (WorkerProcess _ = twotick.process(HastyWorker.class)) {
            await().until(() -> twotick.number("select count(*) from message") == 3);
            // behind the commit, and only while a worker lives
            await().until(() ->
                    twotick.redis.keys("twotick:alone:*".getBytes(UTF_8)).isEmpty());
        }
        assertThat(twotick.number("select count(*) from payload where state <> 'processed'"))
                .isZero();
        assertThat(twotick.number("select count(*) from payload_failure where healed_at is null"))
                .isZero();
        assertThat(twotick.number("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1);
    }

    /// Starts workers, and kills each that stands still over the deadly payload, until there are so many outcomes.
    ///
    /// @return how many fell
    private int killWhatFallsFor(int outcomes) throws Exception {
        for (int killed = 0; ; killed++) {
            WorkerProcess worker = twotick.process(HastyWorker.class);
            await().until(() ->
                    sleepingBackends() > 0 || twotick.number("select count(*) from payload_outcome") == outcomes);
            if (twotick.number("select count(*) from payload_outcome") == outcomes) {
                assertThat(worker.stop(120)).isTrue();
                return killed;
            }
            worker.kill();
            twotick.db.execute("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
            await().until(() -> sleepingBackends() == 0);
            twotick.abandonEverything();
        }
    }

    private long blockedBackends() {
        return twotick.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                + " and datname = current_database()");
    }

    private long sleepingBackends() {
        return twotick.number("select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
                + " and datname = current_database()");
    }
}
