package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.EventPlace;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.Outbox;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Sockets at the consoles of two workers, which share the work.
@WithStores
@Tag("containers")
class LiveTest {
    private static final Set<Worker.Role> ROLES = EnumSet.of(Worker.Role.CONSUME, Worker.Role.CONSOLE);
    private static final int WRITERS = 8;
    private static final int TRANSACTIONS = 40;

    private static WorkerFixture twotick;
    private static Stores stores;
    private static Worker one;
    private static Worker two;
    private static Program crm;
    private static int messages;

    @BeforeAll
    static void start(Stores given) throws Exception {
        stores = given;
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        one = twotick.worker(ROLES);
        two = twotick.worker(ROLES);
        crm = new Program(one.consolePort());
        twotick.receiveText(++messages, "by which the account is discovered");
    }

    @AfterAll
    static void close() {
        crm.close();
        twotick.close();
    }

    @BeforeEach
    void settle() {
        twotick.settle();
    }

    private static Socket socket(String filter) {
        return Socket.of(one.consolePort(), filter);
    }

    private static void comes(String text) {
        twotick.receiveText(++messages, text);
    }

    /// An event as a message raises it, in a transaction of its own.
    private static HookEvent told(String key, String text) {
        return new HookEvent(
                "message.received",
                key,
                null,
                MetaBodies.NUMBER,
                Instant.EPOCH,
                "{\"direction\":\"inbound\",\"type\":\"text\",\"text\":\"" + text + "\"}");
    }

    private static void raise(List<HookEvent> events) {
        twotick.db.transaction(tx -> new Outbox(Duration.ofMinutes(1)).enqueue(tx.dsl(), events, 0));
    }

    @Test
    void everyWorkersFactsReachEverySocketOnceAndInOneOrder() {
        try (Socket here = socket("");
                Socket there = Socket.of(two.consolePort(), "")) {
            for (int n = 0; n < 60; n++) {
                comes("to all " + n);
            }
            here.awaitFrames(121); // and each is of somebody new
            there.awaitFrames(121);
            assertThat(here.texts())
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 60).mapToObj(n -> "to all " + n).toList());
            assertThat(there.frames.subList(1, 121)).isEqualTo(here.frames.subList(1, 121));
            assertThat(here.payloads("contact:new")).hasSize(60);
            JsonNode first = here.payloads("message:new").getFirst();
            assertThat(first.get("direction").asString()).isEqualTo("incoming");
            assertThat(first.get("type").asString()).isEqualTo("text");
            assertThat(first.get("account").asString()).isEqualTo(MetaBodies.NUMBER);
            assertThat(first.get("timestamp").asString()).isEqualTo("2026-11-18T11:06:40Z");
            assertThat(twotick.number("select count(*) from message m join conversation c on c.id = m.conversation_id"
                            + " where m.key = '" + first.get("id").asString() + "' and c.contact_id = '"
                            + first.get("contact_id").asString() + "'"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aStatusSaysWhoseItIs() throws Exception {
        try (Socket socket = socket("")) {
            JsonNode sent = crm.asked("POST", "/messages", """
                    {"wamid":"wamid.L1","phone_number_id":"%s","to":"16505551234","sent_at":"2026-11-21T12:00:00Z",
                    "text":"hi"}""".formatted(MetaBodies.NUMBER));
            twotick.receive(MetaBodies.status("wamid.L1", "delivered", 1_795_000_060));
            socket.awaitFrame(frame -> frame.get("type").asString().equals("message:status"));
            JsonNode status = socket.payloads("message:status").getFirst();
            assertThat(status.get("id")).isEqualTo(sent.get("id"));
            assertThat(status.get("status").asString()).isEqualTo("delivered");
            assertThat(status.get("contact_id").asString()
                            + status.get("conversation_id").asLong())
                    .isEqualTo(twotick.text("select c.contact_id::text || c.id from conversation c"
                            + " join message m on m.conversation_id = c.id where m.wamid = 'wamid.L1'"));
        }
    }

    private static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// @return their `webhook-id`s, if they were committed
    private static List<String> write(DSLContext db, int writer, int n, Random random) throws InterruptedException {
        List<HookEvent> events = IntStream.rangeClosed(0, random.nextInt(30))
                .mapToObj(i -> told(writer + "/" + n + "/" + i, "x"))
                .toList();
        boolean rollsBack = random.nextInt(5) == 0;
        try {
            db.transaction(tx -> {
                new Outbox(Duration.ofMinutes(1)).enqueue(tx.dsl(), events, 0);
                if (random.nextBoolean()) {
                    Thread.sleep(random.nextInt(8));
                }
                if (rollsBack) {
                    throw new RolledBack();
                }
            });
        } catch (RolledBack e) {
            return List.of();
        }
        return events.stream().map(event -> event.id().toString()).toList();
    }

    @Test
    void whoComesBackAgainAndAgainMissesNothingAndHearsNothingTwiceWhileEightWriteAndSomeRollBack() throws Exception {
        Queue<String> committed = new ConcurrentLinkedQueue<>();
        List<JsonNode> heard = new ArrayList<>();
        try (Socket steady = socket("");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < WRITERS; w++) {
                int writer = w;
                writers.add(threads.submit(() -> {
                    Random random = new Random(writer);
                    try (Connection connection = stores.connect()) {
                        DSLContext db = DSL.using(connection, SQLDialect.POSTGRES);
                        for (int n = 0; n < TRANSACTIONS; n++) {
                            committed.addAll(write(db, writer, n, random));
                        }
                    }
                    return null;
                }));
            }
            String after = steady.lastId();
            Random random = new Random(7);
            int visits = 0;
            while (visits < 10 || !writers.stream().allMatch(Future::isDone) || heard.size() < committed.size()) {
                int port = visits++ % 2 == 0 ? one.consolePort() : two.consolePort();
                try (Socket visit = Socket.of(port, ",\"after\":\"" + after + "\"")) {
                    int wanted = 1 + random.nextInt(200);
                    await().atMost(Duration.ofMinutes(1))
                            .until(() -> visit.frames.size() > wanted
                                    || (writers.stream().allMatch(Future::isDone)
                                            && heard.size() + visit.frames.size() > committed.size()));
                    List<JsonNode> now = List.copyOf(visit.frames);
                    heard.addAll(now.subList(1, now.size()));
                    after = now.getLast().get("id").asString();
                }
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            steady.awaitFrames(1 + committed.size());
            List<String> ids =
                    heard.stream().map(frame -> frame.get("event").asString()).toList();
            assertThat(ids).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(committed);
            assertThat(steady.frames.subList(1, steady.frames.size())).isEqualTo(heard);
            assertThat(heard.stream()
                            .map(frame -> EventPlace.parse(frame.get("id").asString())))
                    .isSorted();
        }
    }

    @Test
    void manyWhoComeBackAtOnceFromManyPlacesReadTogetherAndEachHearsWhatItMissedOnceAndInOrder() throws Exception {
        List<JsonNode> all;
        List<Socket> back = new ArrayList<>();
        try (Socket steady = socket("");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            IntStream.range(0, 30).forEach(n -> raise(manyOf("missed-" + n, 50)));
            steady.awaitFrames(1 + 30 * 50);
            List<JsonNode> missed = List.copyOf(steady.frames);
            List<Future<Socket>> opening = IntStream.range(0, 40)
                    .mapToObj(n -> missed.get(n * 37).get("id").asString())
                    .map(after -> threads.submit(() -> Socket.of(two.consolePort(), ",\"after\":\"" + after + "\"")))
                    .toList();
            IntStream.range(0, 20).forEach(n -> raise(manyOf("meanwhile-" + n, 20)));
            for (Future<Socket> socket : opening) {
                back.add(socket.get());
            }
            steady.awaitFrames(1 + 30 * 50 + 20 * 20);
            all = List.copyOf(steady.frames);
            for (int n = 0; n < back.size(); n++) {
                back.get(n).awaitFrames(all.size() - n * 37);
            }
            for (int n = 0; n < back.size(); n++) {
                List<JsonNode> frames = List.copyOf(back.get(n).frames);
                assertThat(frames.subList(1, frames.size())).isEqualTo(all.subList(n * 37 + 1, all.size()));
            }
        } finally {
            back.forEach(Socket::close);
        }
    }

    private static List<HookEvent> manyOf(String key, int events) {
        return IntStream.range(0, events)
                .mapToObj(n -> told(key + "-" + n, key))
                .toList();
    }

    @Test
    void oneHearsOfWhatItChose() throws Exception {
        long conversation = twotick.number("select min(id) from conversation");
        String wamid = "wamid.again";
        String from = twotick.text("select value from contact_identity where kind = 'wa_id' and contact_id ="
                + " (select contact_id from conversation where id = " + conversation + ")");
        try (Socket ofConversation = socket(",\"conversations\":[" + conversation + "]");
                Socket ofAccount = socket(",\"accounts\":[\"" + MetaBodies.NUMBER + "\"]");
                Socket ofAnother = socket(",\"accounts\":[\"4711\"],\"types\":[\"message:new\",\"contact:new\"]");
                Socket ofContacts = socket(",\"types\":[\"contact:new\"]");
                Socket ofHints = socket(",\"types\":[\"applied\"]")) {
            comes("of somebody else");
            twotick.receive(MetaBodies.text(from, wamid, 1_795_000_000, "of this one"));
            raise(
                    List.of(
                            new HookEvent(
                                    "message.received",
                                    "4711",
                                    null,
                                    "4711",
                                    Instant.EPOCH,
                                    "{\"account\":{\"phone_number_id\":\"4711\"},\"direction\":\"outbound\",\"text\":\"of another\"}")));
            ofAnother.awaitFrame(frame -> ofAnother.texts().equals(List.of("of another")));
            ofConversation.awaitFrame(frame -> ofConversation.texts().equals(List.of("of this one")));
            ofAccount.awaitFrame(
                    frame -> Set.copyOf(ofAccount.texts()).equals(Set.of("of somebody else", "of this one")));
            ofContacts.awaitFrames(2);
            ofHints.awaitFrames(2);
            assertThat(ofAnother
                            .payloads("message:new")
                            .getFirst()
                            .get("direction")
                            .asString())
                    .isEqualTo("outgoing");
            assertThat(ofAnother.frames).hasSize(2);
            assertThat(ofConversation.frames).hasSize(2);
            assertThat(ofContacts.payloads("message:new")).isEmpty();
            assertThat(List.copyOf(ofHints.frames).stream().skip(1))
                    .allSatisfy(
                            frame -> assertThat(frame.path("type").asString()).isEqualTo("applied"));
        }
    }

    @Test
    void whoDoesNotListenIsDroppedAndTheOthersHearAll() {
        String large = "x".repeat(60_000);
        try (Socket deaf = new Socket(one.consolePort(), "", true);
                Socket other = socket("")) {
            deaf.auth(Program.TOKEN, "");
            deaf.awaitFrames(1); // and no more is read
            for (int n = 0; n < 60; n++) {
                int number = n;
                raise(IntStream.range(0, 10)
                        .mapToObj(i -> told("large/" + number + "/" + i, number + "/" + i + large))
                        .toList());
            }
            other.awaitFrames(601);
            assertThat(other.texts()).hasSize(600);
            deaf.awaitRefusal();
            deaf.hearAll();
            assertThat(deaf.awaitClose()).isEqualTo(1006);
            assertThat(deaf.frames.size()).isLessThan(600);
            assertThat(other.isOpen()).isTrue();
        }
    }

    @Test
    void whatBringsNoEventIsHintedToo() {
        byte[] known = MetaBodies.text("16505552222", "wamid.hint", 1_795_000_000, "once");
        twotick.receive(known);
        twotick.settle();
        try (Socket here = socket(",\"types\":[\"applied\"]");
                Socket there = Socket.of(two.consolePort(), ",\"types\":[\"applied\"]")) {
            await().until(
                            () -> { // a hint of before may have been on its way
                                twotick.receive(known);
                                twotick.settle();
                                return here.frames.size() > 2 && there.frames.size() > 2;
                            });
            assertThat(here.payloads("message:new")).isEmpty();
        }
    }

    @Test
    void aSignalBringsAFrameBeforeTheNextLookDoes() {
        try (Socket socket = socket("")) {
            long untold = framesOneAfterTheOther(socket, "untold", () -> {});
            long told = framesOneAfterTheOther(socket, "told", () -> twotick.redis.publish(RedisKeys.APPLIED, ""));
            assertThat(told).isLessThan(untold / 2);
        }
    }

    /// Each is raised once the one before was heard, so that without a signal each waits for a look of its own.
    ///
    /// @return how long that took
    private static long framesOneAfterTheOther(Socket socket, String name, Runnable signal) {
        long begin = System.nanoTime();
        for (int n = 0; n < 5; n++) {
            String text = name + " " + n;
            raise(List.of(told(text, text)));
            signal.run();
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> socket.texts().contains(text));
        }
        return System.nanoTime() - begin;
    }

    @Test
    void withoutRedisFramesComeAndAfterwardsTheyComeToo() {
        try (Socket socket = socket("")) {
            stores.stopRedis();
            try {
                raise(List.of(told("without redis", "without redis")));
                socket.awaitFrame(frame -> socket.texts().contains("without redis"));
            } finally {
                stores.startRedis();
                twotick.redis.getPool().clear();
            }
            comes("with redis");
            socket.awaitFrame(frame -> socket.texts().contains("with redis"));
            assertThat(socket.texts()).containsExactly("without redis", "with redis");
        }
    }

    @Test
    void whatSomebodySaidWhoIsErasedIsNotToldToWhoeverComesBack() throws Exception {
        String before;
        try (Socket socket = socket("")) {
            before = socket.lastId();
            twotick.receive(MetaBodies.text("16505559999", "wamid.erased", 1_795_000_000, "forget me"));
            comes("remember me");
            socket.awaitFrame(frame -> socket.texts().containsAll(List.of("forget me", "remember me")));
        }
        assertThat(Command.run(twotick.environment, "--forget", "16505559999", "--yes")
                        .code())
                .isZero();
        try (Socket socket = socket(",\"after\":\"" + before + "\"")) {
            socket.awaitFrame(frame -> socket.texts().contains("remember me"));
            comes("and then");
            socket.awaitFrame(frame -> socket.texts().contains("and then"));
            assertThat(socket.frames.toString()).doesNotContain("forget me", "16505559999");
        }
    }

    @Test
    void aConsoleThatStopsSaysSo() throws Exception {
        Worker third = twotick.worker(EnumSet.of(Worker.Role.CONSOLE));
        try (Socket socket = Socket.of(third.consolePort(), "")) {
            third.close();
            assertThat(socket.awaitClose()).isEqualTo(1001);
        }
    }
}
