package dev.twotick.worker.outbox;

import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.worker.outbox.EventFeed.Answer;
import dev.twotick.worker.outbox.EventFeed.Told;
import dev.twotick.worker.outbox.EventFeed.Wanted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("postgres15")
class EventFeedTest extends HookTablesFixture {
    private static final int WRITERS = 8;
    private static final int TRANSACTIONS = 60;

    private final EventFeed feed = new EventFeed(tables.db);

    @BeforeEach
    void nothingIsGone() {
        tables.db.execute("delete from hook_page_gone");
    }

    private Answer.Read read(EventPlace after, Wanted wanted, int limit) {
        return (Answer.Read) feed.read(Optional.of(after), wanted, limit);
    }

    private static List<UUID> ids(Answer.Read read) {
        return read.events().stream().map(told -> told.event().key().id()).toList();
    }

    private static List<UUID> ids(List<HookEvent> events) {
        return events.stream().map(HookEvent::id).toList();
    }

    private static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// Raises some events, now and then in two statements, or none after all.
    ///
    /// @return those that were committed
    private List<UUID> raise(int writer, int n, Random random) throws InterruptedException {
        List<HookEvent> raised = new ArrayList<>();
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            raised.add(event("a.b", writer + "/" + n + "/" + i));
        }
        boolean rollsBack = random.nextInt(5) == 0;
        int half = random.nextBoolean() ? count / 2 : count;
        try {
            tables.db.transaction(tx -> {
                Outbox outbox = new Outbox(settings.lease());
                pause(random);
                outbox.enqueue(tx.dsl(), raised.subList(0, half), 0);
                pause(random);
                outbox.enqueue(tx.dsl(), raised.subList(half, count), 0);
                pause(random);
                if (rollsBack) {
                    throw new RolledBack();
                }
            });
        } catch (RolledBack e) {
            return List.of();
        }
        return ids(raised);
    }

    private static void pause(Random random) throws InterruptedException {
        if (random.nextBoolean()) {
            Thread.sleep(random.nextInt(8));
        }
    }

    @Test
    void whoFollowsEightWritersMissesNoneAndSeesNoneTwiceWhateverElseIsOpen() throws Exception {
        EventPlace begin = feed.latest();
        Queue<UUID> committed = new ConcurrentLinkedQueue<>();
        CountDownLatch writing = new CountDownLatch(WRITERS);
        CountDownLatch open = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> elsewhere = threads.submit(() -> longTransaction(open, over));
            open.await();
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                writers.add(threads.submit(() -> {
                    Random random = new Random(writer);
                    try {
                        for (int n = 0; n < TRANSACTIONS; n++) {
                            committed.addAll(raise(writer, n, random));
                        }
                    } finally {
                        writing.countDown();
                    }
                    return null;
                }));
            }
            List<UUID> seen;
            try {
                seen = follow(begin, writing);
                assertThat(elsewhere.isDone()).isFalse();
            } finally {
                over.countDown();
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            elsewhere.get();
            assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(committed);
        }
    }

    /// Has an id, as one that changed something; and has looked at the events.
    private boolean longTransaction(CountDownLatch open, CountDownLatch over) {
        tables.db.transaction(tx -> {
            tx.dsl().execute("select pg_current_xact_id(), (select count(*) from hook_page)");
            open.countDown();
            over.await();
        });
        return true;
    }

    /// As a client that asks again and again, and is never far behind.
    private List<UUID> follow(EventPlace begin, CountDownLatch writing) {
        List<UUID> seen = new ArrayList<>();
        EventPlace place = begin;
        for (boolean last = false; ; ) {
            Answer.Read read = read(place, Wanted.ALL, 1_000);
            seen.addAll(ids(read));
            place = read.next();
            if (last && !read.more()) {
                return seen;
            }
            last = writing.getCount() == 0;
        }
    }

    @Test
    void whatIsBeingRaisedIsToldOnceItsTransactionHasEndedAndHoldsUpWhatCameLater() throws Exception {
        EventPlace begin = feed.latest();
        CountDownLatch raised = new CountDownLatch(1);
        CountDownLatch ends = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> slow = threads.submit(() -> tables.db.transaction(tx -> {
                new Outbox(settings.lease()).enqueue(tx.dsl(), List.of(event("a.b", "slow")), 0);
                raised.countDown();
                ends.await();
            }));
            raised.await();
            tables.enqueue(settings, List.of(event("a.b", "fast")), 0);

            Answer.Read meanwhile;
            try {
                meanwhile = read(begin, Wanted.ALL, 10);
            } finally {
                ends.countDown();
            }
            slow.get();
            assertThat(meanwhile.events()).isEmpty();
            assertThat(meanwhile.behind()).isTrue();

            Answer.Read after = read(meanwhile.next(), Wanted.ALL, 10);
            assertThat(ids(after)).isEqualTo(ids(List.of(event("a.b", "slow"), event("a.b", "fast"))));
            assertThat(after.behind()).isFalse();
            assertThat(after.next()).isEqualTo(feed.latest());
        }
    }

    @Test
    void aPageIsReadInPartsAndEachEventSaysWhereItStands() {
        EventPlace begin = feed.latest();
        List<HookEvent> events = events("a.b", 40);
        tables.enqueue(settings, events, 0);

        List<UUID> seen = new ArrayList<>();
        EventPlace place = begin;
        for (boolean more = true; more; ) {
            Answer.Read read = read(place, Wanted.ALL, 7);
            seen.addAll(ids(read));
            place = read.next();
            more = read.more();
        }
        assertThat(seen).isEqualTo(ids(events));

        Told tenth = read(begin, Wanted.ALL, 10).events().getLast();
        assertThat(ids(read(tenth.place(), Wanted.ALL, 100))).isEqualTo(ids(events.subList(10, 40)));
    }

    @Test
    void typesAndAccountsAreChosenAndPayloadsOfMetasAreNoEvents() {
        EventPlace begin = feed.latest();
        Instant at = Instant.EPOCH;
        HookEvent received = new HookEvent("message.received", "1", 1L, "111", at, "{}");
        HookEvent read = new HookEvent("message.read", "2", 2L, "222", at, "{}");
        HookEvent notice = new HookEvent("account.notice", "3", null, null, at, "{}");
        HookEvent payload = new HookEvent(
                "meta.payload", "4", 1L, "111", new HookEvent.Content.Payload(new byte[] {'{', '}'}, "app"));
        tables.enqueue(settings, List.of(received, payload, read, notice), 0);

        assertThat(ids(read(begin, Wanted.ALL, 10))).isEqualTo(ids(List.of(received, read, notice)));
        assertThat(ids(read(begin, new Wanted(List.of("message.*"), Set.of()), 10)))
                .isEqualTo(ids(List.of(received, read)));
        assertThat(ids(read(begin, new Wanted(List.of("*.re*d", "account.notice"), Set.of(2L)), 10)))
                .isEqualTo(ids(List.of(read)));
        Answer.Read none = read(begin, new Wanted(List.of("campaign.completed"), Set.of()), 10);
        assertThat(none.events()).isEmpty();
        assertThat(none.next()).isEqualTo(feed.latest());
        assertThatThrownBy(() -> new Wanted(List.of("Message received"), Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Wanted(List.of("meta.*"), Set.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whoCameTooLateIsToldWhereTheEventsBeginNow() {
        EventPlace begin = feed.latest();
        tables.enqueue(settings, events("a.b", 3), 0);
        EventPlace later = feed.latest();
        EventFeed.goes(tables.db, Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        tables.clear();
        tables.enqueue(settings, events("a.c", 2), 0);

        assertThat(feed.read(Optional.of(begin), Wanted.ALL, 10)).isEqualTo(new Answer.Gone(later, feed.latest()));
        assertThat(ids(read(later, Wanted.ALL, 10))).isEqualTo(ids(events("a.c", 2)));
        assertThat(ids((Answer.Read) feed.read(Optional.empty(), Wanted.ALL, 10)))
                .isEqualTo(ids(events("a.c", 2)));
        EventPlace ofAnotherLife = new EventPlace(feed.latest().page() + 1, 0);
        assertThat(feed.read(Optional.of(ofAnotherLife), Wanted.ALL, 10))
                .isEqualTo(new Answer.Gone(later, feed.latest()));
    }

    @Test
    void aLockOfAnotherKindIsNoWriters() {
        EventPlace begin = feed.latest();
        tables.enqueue(settings, events("a.b", 1), 0);
        tables.db.transaction(tx -> {
            tx.dsl().fetch("select pg_advisory_xact_lock_shared(hashtext('twotick.events')::bigint << 32)");
            tx.dsl().fetch("select pg_advisory_xact_lock_shared(hashtext('twotick.spellings'), 0)");
            assertThat(ids(read(begin, Wanted.ALL, 10))).isEqualTo(ids(events("a.b", 1)));
        });
    }

    @Test
    void anErasedEventIsToldNoMoreAndTheOthersKeepTheirPlaces() {
        EventPlace begin = feed.latest();
        List<HookEvent> events = events("a.b", 3);
        tables.enqueue(settings, events, 0);
        EventPlace second = read(begin, Wanted.ALL, 2).events().getLast().place();

        tables.db.transaction(tx -> {
            Map<KeptEvents.KeptEvent.Key, UnaryOperator<byte[]>> gone = new HashMap<>();
            KeptEvents.each(tx.dsl(), Instant.EPOCH, Instant.now().plusSeconds(60), kept -> {
                if (kept.key().id().equals(events.get(1).id())) {
                    gone.put(kept.key(), _ -> new byte[0]);
                }
            });
            KeptEvents.erase(tx.dsl(), gone);
        });

        assertThat(ids(read(begin, Wanted.ALL, 10))).isEqualTo(ids(List.of(events.get(0), events.get(2))));
        assertThat(ids(read(second, Wanted.ALL, 10))).isEqualTo(ids(List.of(events.get(2))));
    }
}
