package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.Cidr;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTables;
import dev.twotick.worker.outbox.OwedCall;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Who makes a call: each once, by one process at a time, also when that one dies or stops.
@WithStores
class DeliveryLeaseTest extends DeliveryLoopFixture {

    @Test
    void twoLoopsOnOneDatabaseMakeEachCallOnce() {
        tables.endpoint("app", receiver.url());
        loop();
        loop();

        tables.enqueue(settings, events("a.b", 500), 0);

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(receiver.calls).hasSize(500);
        assertThat(receiver.calls.stream().map(Call::id)).doesNotHaveDuplicates();
        assertThat(tables.attempts()).hasSize(500).containsOnly("delivered");
    }

    @Test
    void whenItsOwnerDiedAnotherMakesTheCallAfterTheLease() {
        HookSettings shortLease =
                HookTables.settings(Duration.ofSeconds(2), Duration.ofSeconds(4), List.of(Cidr.parse("127.0.0.0/8")));
        tables.endpoint("app", receiver.url());
        loop(shortLease, SOON, PATIENT);
        long leased = System.nanoTime();

        List<OwedCall> neverSent = tables.enqueue(shortLease, List.of(event("a.b", "1")), 10);

        assertThat(neverSent).hasSize(1);
        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("delivered"));
        assertThat(Duration.ofNanos(receiver.calls.getFirst().at() - leased)).isGreaterThan(Duration.ofMillis(3_990));
    }

    /// As after a jump of the database's clock: whatever is leased looks due.
    @Test
    void aLeaseThatAClockEndedEarlyMeansOneMoreCallUnderTheSameIdAndOneOutcome() {
        CountDownLatch second = new CountDownLatch(1);
        receiver.answering(number -> {
            if (number == 0) {
                awaitQuietly(second);
            } else {
                second.countDown();
            }
            return Reply.OK;
        });
        tables.endpoint("app", receiver.url());
        DeliveryLoop first = loop();
        first.sendFirst(tables.enqueue(settings, List.of(event("a.b", "1")), 10));
        await().until(() -> receiver.calls.size() == 1);

        tables.db.execute("update hook_delivery set next_attempt_at = next_attempt_at - interval '1 hour'");
        loop();

        await().until(() -> receiver.calls.size() == 2);
        await().until(() -> tables.deliveries() == 0);
        assertThat(receiver.calls)
                .extracting(Call::id)
                .containsOnly(receiver.calls.getFirst().id());
        assertThat(tables.attempts()).containsExactly("delivered");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void noCallBeginsWithLessLeaseLeftThanItMayNeed() {
        HookSettings half =
                HookTables.settings(Duration.ofSeconds(5), Duration.ofSeconds(4), List.of(Cidr.parse("127.0.0.0/8")));
        tables.endpoint("app", receiver.url());
        DeliveryLoop loop = loop(half, SOON, PATIENT);

        loop.sendFirst(tables.enqueue(half, List.of(event("a.b", "1")), 10));

        await().during(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(receiver.calls).isEmpty());
        assertThat(tables.attempts()).isEmpty();
    }

    @Test
    void tenThousandCallsToOneEndpointArriveOnceEach() {
        tables.endpoint("app", receiver.url());
        IntStream.range(0, 10).forEach(i -> tables.enqueue(settings, events("a.b" + "x".repeat(i), 1_000), 0));

        loop();

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(receiver.calls.size()).isEqualTo(10_000);
        assertThat(receiver.calls.stream().map(Call::id)).doesNotHaveDuplicates();
    }

    @Test
    void closingGivesBackWhatWasNotBegun() throws Exception {
        ServerSocket silent = opened(new ServerSocket(0, 1_000, InetAddress.ofLiteral("127.0.0.1")));
        tables.endpoint("silent", "http://127.0.0.1:" + silent.getLocalPort() + "/");
        DeliveryLoop loop = loop(HookTables.hasty(), SOON, PATIENT);
        loop.sendFirst(tables.enqueue(HookTables.hasty(), events("a.b", 50), 50));

        loop.close();

        assertThat(tables.db.fetchCount(
                        HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNull().and(HOOK_DELIVERY.ATTEMPT.eq(0))))
                .isGreaterThan(40);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNotNull()))
                .isZero();
    }

    @Test
    void anOutcomeThatPostgresqlRefusesHoldsUpNoOther() throws Exception {
        Receiver failing = opened(new Receiver());
        tables.endpoint("failing", failing.answering(503).url(), "bad.*");
        tables.endpoint("app", receiver.url(), "good.*");
        tables.db.execute("alter table hook_attempt add constraint words check (error is distinct from 'HTTP 503')");
        try {
            DeliveryLoop loop = loop(settings, RetrySchedule.STANDARD, PATIENT);
            commitAndSend(loop, "bad.one", "1");
            loop.sendFirst(tables.enqueue(settings, events("good.one", 50), 100));

            await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(51));
        } finally {
            tables.db.execute("alter table hook_attempt drop constraint words");
        }
        assertThat(tables.errors().stream().filter(Objects::nonNull))
                .singleElement()
                .asString()
                .contains("SQLSTATE 23514");
        assertThat(failing.calls).hasSize(1);
    }

    @Test
    void anOutcomeThatCannotBeWrittenAtAllHoldsUpNoOther() throws Exception {
        Receiver failing = opened(new Receiver());
        tables.endpoint("failing", failing.answering(503).url(), "bad.*");
        tables.endpoint("app", receiver.url(), "good.*");
        tables.db.execute("alter table hook_attempt add constraint code check (status_code is distinct from 503)");
        try {
            HookSettings shortLease = HookTables.settings(
                    Duration.ofSeconds(3), Duration.ofSeconds(6), List.of(Cidr.parse("127.0.0.0/8")));
            DeliveryLoop loop = loop(shortLease, RetrySchedule.STANDARD, PATIENT);
            loop.sendFirst(tables.enqueue(shortLease, List.of(event("bad.one", "1")), 100));
            await().until(() -> !failing.calls.isEmpty());
            loop.sendFirst(tables.enqueue(settings, events("good.one", 50), 100));

            await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(50));
        } finally {
            tables.db.execute("alter table hook_attempt drop constraint code");
        }
        await("its lease ends, and it is called again")
                .untilAsserted(() -> assertThat(tables.attempts()).contains("retry"));
    }

    @Test
    void aDayWithoutAPartitionIsMade() {
        tables.endpoint("app", receiver.url());
        List<OwedCall> owed = tables.enqueue(settings, List.of(event("a.b", "1")), 10);
        tables.db.execute("do $$ declare p text; begin"
                + " for p in select inhrelid::regclass from pg_inherits where inhparent = 'hook_attempt'::regclass loop"
                + " execute 'drop table ' || p; end loop; end $$");

        loop().sendFirst(owed);

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("delivered"));
    }
}
