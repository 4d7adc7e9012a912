package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XAddParams;

/// Nobody made the day that a row belongs to: whoever brings the row makes it.
@WithStores
class PartitionTest {
    /// That of whoever makes partitions.
    private static final String LOCK = "select pg_advisory_xact_lock(hashtext('twotick.partitions'))";

    private final Stores stores;
    private Installation twotick;

    PartitionTest(Stores stores) {
        this.stores = stores;
    }

    @BeforeEach
    void start() throws Exception {
        twotick = new Installation(stores, 1);
    }

    @AfterEach
    void stop() {
        twotick.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"drop table %2$s", "alter table %1$s detach partition %2$s"})
    void todaysOfAllFourTablesAreMadeByWhoeverNeedsThem(String take) throws Exception {
        takeAway(take, "payload_log", "payload_outcome", "hook_page", "hook_attempt");
        String wamid = "wamid.Today" + take.length();

        try (var connection = stores.connect()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table message");
            assertThat(twotick.post(payload(messages("3001", List.of(text("16505553001", wamid, "hello"))))))
                    .isEqualTo(200);
            // whoever made the log's day, ingest or an upkeep job, made all four in that transaction; what the worker
            // needs is taken away again before it needs it
            takeAway(take, "payload_outcome", "hook_page", "hook_attempt");
            connection.rollback();
        }

        twotick.settle();
        await().until(() -> twotick.hook.about(wamid).size() == 1);
        String id = twotick.hook.about(wamid).getFirst().id();
        await().untilAsserted(
                        () -> assertThat(twotick.one("select count(*) from hook_attempt where event_id = ?::uuid", id))
                                .isEqualTo(1L));
        assertThat(twotick.one("select count(*) from payload_outcome where '3001' = any (accounts)"))
                .isNotEqualTo(0L);
        assertThat(twotick.hook.about(wamid)).hasSize(1);
    }

    /// A 200 says that the payload is in the log. What else is missing is made by who writes there.
    @Test
    void ingestAnswersWithTheLogsDayAlone() throws Exception {
        String wamid = "wamid.LogAlone";
        twotick.db.transaction(nobodyMakesAny -> {
            nobodyMakesAny.dsl().execute(LOCK);
            takeAway("drop table %2$s", "payload_outcome", "hook_page", "hook_attempt");
            assertThat(twotick.post(payload(messages("3003", List.of(text("16505553003", wamid, "hello"))))))
                    .isEqualTo(200);
            assertThat(twotick.one("select to_regclass(?)::text", "payload_outcome_" + today()))
                    .isNull();
        });

        await().until(() -> twotick.hook.about(wamid).size() == 1);
        twotick.settle();
    }

    /// All at once: whoever misses one makes all four, also an upkeep job in between.
    private void takeAway(String take, String... tables) {
        String all = Stream.of(tables)
                .map(table -> take.formatted(table, table + "_" + today()))
                .collect(Collectors.joining("; "));
        twotick.db.execute("do $$ begin " + all + "; end $$");
    }

    private Object today() {
        return twotick.one("select to_char(now() at time zone 'UTC', 'YYYYMMDD')");
    }

    /// An ingest whose clock was off by days, or a log that was imported. Longer ago than the days that the first
    /// migration makes, and not than the retention, which may drop a day as soon as it is made.
    @Test
    void anOutcomeOfAPayloadOfAnotherDayMakesThatDay() {
        Instant then = Instant.now().minus(Duration.ofDays(20));
        PayloadId id = PayloadId.at(then);
        byte[] body = payload(messages("3002", List.of(text("16505553002", "wamid.Then", "hello"))))
                .getBytes(UTF_8);
        String day = LocalDate.ofInstant(then, ZoneOffset.UTC).toString().replace("-", "");
        assertThat(twotick.db.fetchValue("select to_regclass(?)::text", "payload_outcome_" + day))
                .isNull();
        try (Jedis jedis = new Jedis(URI.create(stores.redisUrl()))) {
            jedis.xadd(
                    "twotick:payloads".getBytes(UTF_8),
                    XAddParams.xAddParams(),
                    Map.of(
                            "id".getBytes(UTF_8), id.toString().getBytes(UTF_8),
                            "at".getBytes(UTF_8),
                                    String.valueOf(then.toEpochMilli()).getBytes(UTF_8),
                            "app".getBytes(UTF_8), "shop".getBytes(UTF_8),
                            "body".getBytes(UTF_8), body));
        }

        await().until(() -> twotick.one("select count(*) from message where wamid = 'wamid.Then'")
                .equals(1L));
        assertThat(twotick.one("select state from payload_outcome_" + day)).isEqualTo("processed");
    }
}
