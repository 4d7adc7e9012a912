package dev.twotick.worker.upkeep;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.replay.LogFixture;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class RetentionTest {
    private final LogFixture log;
    private final Instant now = Instant.now();

    RetentionTest(Stores stores) {
        log = new LogFixture(stores);
    }

    @BeforeEach
    void empty() {
        log.empty();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void run(Job job) throws Exception {
        try (Connection connection = log.pool.getConnection()) {
            connection.setAutoCommit(false);
            job.run(Objects.requireNonNull(HeldLock.tryTake(connection, job.name(), () -> {})));
            connection.rollback();
        }
    }

    private Job retention(int logDays, int hooksDays) {
        return new Retention(
                log.db,
                new LoggedPayloads(log.db),
                new DayPartitions(log.pool),
                new RetentionSettings(logDays, hooksDays, 0),
                InstantSource.fixed(now));
    }

    private LocalDate today() {
        return LocalDate.ofInstant(now, ZoneOffset.UTC);
    }

    private boolean isThere(String table, int daysAgo) {
        String partition = table + "_" + today().minusDays(daysAgo).format(DateTimeFormatter.BASIC_ISO_DATE);
        return log.db
                .fetchSingle("select to_regclass(?) is not null", partition)
                .get(0, Boolean.class);
    }

    private void days(int firstDaysAgo) {
        log.db.fetch("select ensure_partitions(?::date, ?::date)", today().minusDays(firstDaysAgo), today());
    }

    @Test
    void partitionsAreMadeForTheDaysToCome() throws Exception {
        Instant nextMonth = now.plus(Duration.ofDays(30));
        run(new PartitionsAhead(log.db, InstantSource.fixed(nextMonth)));
        log.log(nextMonth, 1);
        log.log(nextMonth.plus(Duration.ofDays(14)), 1);
        assertThat(log.db.fetchCount(PAYLOAD_LOG)).isEqualTo(2);
    }

    @Test
    void aDayWhosePayloadsAllHaveOutcomesIsDropped() throws Exception {
        days(8);
        log.outcome(log.log(now.minus(Duration.ofDays(5)), 3), "processed", 1, 0);
        List<PayloadId> kept = log.log(now.minus(Duration.ofDays(3)), 3);
        run(retention(4, 14));
        assertThat(isThere("payload_log", 5)).isFalse();
        assertThat(isThere("payload_outcome", 5)).isFalse();
        assertThat(isThere("payload_log", 4)).isTrue();
        assertThat(isThere("payload_outcome", 3)).isTrue();
        assertThat(log.db.fetch(PAYLOAD_LOG).getValues(PAYLOAD_LOG.ID))
                .containsExactlyInAnyOrderElementsOf(
                        kept.stream().map(PayloadId::value).toList());
    }

    @Test
    void aPayloadWithoutAnOutcomeKeepsItsDay() throws Exception {
        days(8);
        List<PayloadId> rows = log.log(now.minus(Duration.ofDays(6)), 3);
        log.outcome(rows.subList(0, 2), "processed", 1, 0);
        run(retention(4, 14));
        assertThat(isThere("payload_log", 6)).isTrue();
        assertThat(isThere("payload_outcome", 6)).isTrue();
        assertThat(isThere("payload_log", 7)).isFalse();
        log.outcome(rows.subList(2, 3), "processed", 1, 0);
        run(retention(4, 14));
        assertThat(isThere("payload_log", 6)).isFalse();
    }

    @Test
    void hookEventsGoWithTheirDeadDeliveriesButNotWhileOneIsOpen() throws Exception {
        days(20);
        event(16, true);
        event(17, false);
        run(retention(30, 14));
        assertThat(isThere("hook_page", 16)).isTrue();
        assertThat(isThere("hook_page", 17)).isFalse();
        assertThat(log.db.fetchSingle("select up_to from hook_page_gone").get(0))
                .isEqualTo(log.db
                        .fetchSingle("select last_value from hook_page_id")
                        .get(0));
        assertThat(isThere("hook_attempt", 16)).isFalse();
        assertThat(isThere("hook_page", 13)).isTrue();
        assertThat(log.db.fetchSingle("select count(*) from hook_delivery").get(0, Integer.class))
                .isEqualTo(1);
    }

    @Test
    void aDropThatDiedInTheMiddleIsFinished() throws Exception {
        days(8);
        String partition = "payload_log_" + today().minusDays(5).format(DateTimeFormatter.BASIC_ISO_DATE);
        log.db.execute("alter table payload_log detach partition " + partition);
        run(retention(4, 14));
        assertThat(isThere("payload_log", 5)).isFalse();
    }

    @Test
    void failuresGoWithTheirDayAlsoAfterADeathInBetween() throws Exception {
        days(8);
        PayloadId gone = PayloadId.at(now.minus(Duration.ofDays(20)));
        List<PayloadId> kept = log.log(now.minus(Duration.ofDays(6)), 1);
        List<PayloadId> dropped = log.log(now.minus(Duration.ofDays(5)), 1);
        log.outcome(dropped, "failed", 1, 0);
        List<PayloadId> recent = log.log(now, 1);
        for (PayloadId id : List.of(gone, kept.getFirst(), dropped.getFirst(), recent.getFirst())) {
            log.db.execute("insert into payload_failure (payload_id, item, error) values (?, '$', 'e')", id.value());
        }
        run(retention(4, 14));
        assertThat(log.db.fetch("select payload_id from payload_failure").getValues(0, UUID.class))
                .containsExactlyInAnyOrder(
                        kept.getFirst().value(), recent.getFirst().value());
    }

    @Test
    void daysAreDroppedWhileOthersReadAndWrite() throws Exception {
        days(8);
        try (Connection reader = log.pool.getConnection()) {
            reader.setAutoCommit(true);
            Thread writer = Thread.ofVirtual().start(() -> {
                for (int n = 0; n < 50; n++) {
                    log.log(Instant.now(), 5);
                    log.db.fetchCount(PAYLOAD_LOG);
                }
            });
            run(retention(4, 14));
            writer.join();
        }
        assertThat(isThere("payload_log", 5)).isFalse();
        assertThat(log.db.fetchCount(PAYLOAD_LOG)).isEqualTo(250);
    }

    private void event(int daysAgo, boolean open) {
        LocalDate day = today().minusDays(daysAgo);
        log.db.execute("""
            insert into hook_endpoint (name, url, secret) values ('x', 'http://x', '\\x00') on conflict do nothing
            """);
        log.db.execute("""
            with page as (
                insert into hook_page (raised_at, id, event_ids, types, type_of, account_ids, sizes, bodies)
                select ?::date at time zone 'UTC' + interval '12 hours', nextval('hook_page_id'),
                    array[gen_random_uuid()], '{t}', '{1}', '{null}', '{2}', '\\x007b7d' returning *)
            insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)
            select e.id, page.event_ids[1], page.raised_at, page.id, 1, 2, case when ? then now() end
            from page, hook_endpoint e
            """, day, open);
    }
}
