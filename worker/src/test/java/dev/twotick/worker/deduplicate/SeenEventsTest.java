package dev.twotick.worker.deduplicate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.queue.Hint;
import dev.twotick.queue.Partition;
import dev.twotick.queue.RedisConnections;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.Item;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Person;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;

@WithStores
class SeenEventsTest {
    private static final AccountRef ACCOUNT = new AccountRef(new PhoneNumberId("1"), null, null);

    private final Stores stores;
    private final Partition partition;
    private final RedisClient redis;
    private final AtomicReference<String> epoch = new AtomicReference<>("e1");
    private final AtomicBoolean stands = new AtomicBoolean(true);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T10:00:00Z"));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final SeenEvents events;

    SeenEventsTest(Stores stores) {
        this.stores = stores;
        partition = new RedisConnections(URI.create(stores.redisUrl())).openFirst("test", 2, Duration.ofSeconds(30));
        redis = partition.redis();
        events = events(64);
    }

    private SeenEvents events(int maxMb) {
        return new SeenEvents(
                new SeenSettings(Duration.ofDays(2), maxMb),
                partition,
                epoch::get,
                life -> stands.get(),
                now::get,
                registry);
    }

    private void remember(SeenEvents events, List<Fact> facts, String during) {
        Hint hint = events.remember(facts, during);
        if (hint.equals(Hint.NONE)) {
            return;
        }
        try (Pipeline pipeline = redis.pipelined()) {
            Runnable answers = hint.write(pipeline);
            pipeline.sync();
            answers.run();
        }
    }

    @BeforeEach
    void empty() {
        stores.startRedis();
        redis.getPool().clear();
        redis.flushAll();
    }

    @AfterEach
    void close() {
        redis.close();
    }

    @Test
    void aRememberedFactIsSeen() {
        Fact fact = fact("in:1:wamid.A", "x");
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
        remember(events, List.of(fact), "e1");
        assertThat(events.seen(List.of(fact("in:1:wamid.B", "x"), fact)).stream())
                .containsExactly(1);
    }

    @Test
    void whileNobodyRepeatsAnyAFewFactsAreNotAskedFor() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        now.set(now.get().plus(Duration.ofMinutes(2)));
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
        assertThat(registry.counter("twotick.seen.misses").count()).isZero();

        List<Fact> many = new ArrayList<>(facts(0, 100));
        many.add(fact);
        assertThat(events.seen(many).stream()).containsExactly(100);
        assertThat(events.seen(List.of(fact)).stream()).as("somebody does").containsExactly(0);

        now.set(now.get().plus(Duration.ofMinutes(2)));
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
        events.repeated();
        assertThat(events.seen(List.of(fact)).stream()).containsExactly(0);
    }

    @Test
    void aHitDoesNotCountWhenTheDatabaseSaysThatItIsAnother() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        stands.set(false);
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
    }

    @Test
    void aHitDoesNotCountWhenTheDatabaseCannotBeAsked() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        SeenEvents alone = new SeenEvents(
                new SeenSettings(Duration.ofDays(2), 64),
                partition,
                epoch::get,
                life -> {
                    throw new DataAccessException("away");
                },
                now::get,
                registry);
        assertThat(alone.seen(List.of(fact)).isEmpty()).isTrue();
    }

    @Test
    void aClockThatIsPutBackSilencesNothingForLong() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        stores.stopRedis();
        events.seen(List.of(fact));
        stores.startRedis();
        now.set(now.get().minus(Duration.ofHours(1)));
        redis.getPool().clear();
        assertThat(events.seen(List.of(fact)).cardinality()).isEqualTo(1);
    }

    @Test
    void aFactWithOtherContentIsNotSeen() {
        remember(events, List.of(fact("in:1:wamid.A", "x")), "e1");
        assertThat(events.seen(List.of(fact("in:1:wamid.A", "y"))).isEmpty()).isTrue();
    }

    @Test
    void aMessageWithMoreAboutItsSenderIsNotSeen() {
        Item item = new Item("p", "in:1:wamid.A", new byte[16], ACCOUNT, null, "{}");
        remember(events, List.of(message(item, new Person("1650", null, null, "Ada", null, null))), "e1");

        assertThat(events
                        .seen(List.of(
                                message(item, new Person("1650", null, null, "Ada", null, null)),
                                message(item, new Person("1650", "US.1", null, "Ada", null, null))))
                        .stream())
                .containsExactly(0);
    }

    @Test
    void anyOtherItemWithMoreAboutItsPersonIsNotSeen() {
        Item item = new Item("p", "k", new byte[16], ACCOUNT, null, "{}");
        Person less = new Person("1650", null, null, null, null, null);
        Person more = new Person("1650", "US.1", null, "Ada", null, null);
        List<Function<Person, Fact>> kinds = List.of(
                who -> new Fact.FlowCompleted(item, new Wamid("wamid.A"), "flow", null, null, who),
                who -> new Fact.Noticed(item, "f", new Effect.PreferenceStated(who, "marketing_messages", "stop")),
                who -> new Fact.Noticed(item, "f", new Effect.SignedUp(who, "S")),
                who -> new Fact.Noticed(item, "f", new Effect.NameSaved(who, "Ada")),
                who -> new Fact.Noticed(
                        item,
                        "f",
                        new Effect.CallReported(
                                "c", Direction.INBOUND, "connect", null, who, Instant.EPOCH, null, 3, null)));
        for (Function<Person, Fact> kind : kinds) {
            redis.flushAll();
            remember(events, List.of(kind.apply(less)), "e1");

            assertThat(events.seen(List.of(kind.apply(less), kind.apply(more))).stream())
                    .containsExactly(0);
        }
    }

    @Test
    void aFactHasTheSameDigestInEveryProcess() {
        Item item = new Item("p", "k", new byte[16], ACCOUNT, null, "{}");
        Person who = new Person("1650", "US.1", null, "Ada", null, Instant.EPOCH);
        Fact call = new Fact.Noticed(
                item,
                "f",
                new Effect.CallReported("c", Direction.INBOUND, "connect", null, who, Instant.EPOCH, null, 3, null));

        assertThat(HexFormat.of().formatHex(SeenEvents.digest(call))).isEqualTo("02529c3a95dec0b3dddd4234e11e7ffa");
    }

    private static Fact message(Item item, Person sender) {
        return new Fact.MessageTold(
                item,
                Fact.MessageTold.Source.LIVE,
                new Wamid("wamid.A"),
                Fact.MessageTold.Kind.CONTENT,
                false,
                Fact.MessageTold.Direction.INBOUND,
                "text",
                "hello",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                sender,
                null,
                null,
                null);
    }

    @Test
    void anotherEpochHasSeenNothing() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        epoch.set("e2");
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
    }

    @Test
    void whatWasCommittedInAnotherEpochIsNotRemembered() {
        epoch.set("e2");
        remember(events, List.of(fact("in:1:wamid.A", "x")), "e1");
        assertThat(redis.dbSize()).isZero();
    }

    @Test
    void withoutAnEpochNothingIsSeenNorRemembered() {
        epoch.set("");
        remember(events, List.of(fact("in:1:wamid.A", "x")), "");
        assertThat(events.seen(List.of(fact("in:1:wamid.A", "x"))).isEmpty()).isTrue();
        assertThat(redis.dbSize()).isZero();
    }

    @Test
    void factsAreForgottenInTimeAndTheirKeysTellNothing() {
        remember(events, List.of(fact("in:1:wamid.HBgLNDkxNTE", "x")), "e1");
        var keys = redis.keys("twotick:seen:*");
        assertThat(keys).singleElement().satisfies(key -> {
            assertThat(key).startsWith("twotick:seen:e1:").doesNotContain("HBgL");
        });
        byte[] key = redis.keys("twotick:seen:*".getBytes(UTF_8)).iterator().next();
        assertThat(key).hasSize("twotick:seen:e1:".length() + 16);
        assertThat(redis.ttl(key)).isBetween(48 * 3600L - 60, 48 * 3600L);
    }

    @Test
    void overTheBudgetNothingMoreIsRemembered() {
        SeenEvents small = events(1);
        int fits = 1024 * 1024 / 200;
        for (int part = 0; part < 6; part++) {
            remember(small, facts(part * 1000, 1000), "e1");
        }
        assertThat(redis.keys("twotick:seen:*").size()).isEqualTo(fits / 1000 * 1000);
        assertThat(registry.counter("twotick.seen.over.budget").count()).isEqualTo(1000);
    }

    @Test
    void theBudgetIsSharedByAllWorkersAndFreedAsFactsAreForgotten() {
        remember(events(1), facts(0, 5000), "e1");
        SeenEvents other = events(1);
        remember(other, facts(5000, 1000), "e1");
        assertThat(redis.keys("twotick:seen:*")).hasSize(5000);
        now.set(now.get().plus(Duration.ofHours(50)));
        remember(other, facts(5000, 1000), "e1");
        assertThat(redis.keys("twotick:seen:*")).hasSize(6000);
    }

    @Test
    void withoutRedisNothingIsSeenAndNobodyAsksItAgainSoon() {
        Fact fact = fact("in:1:wamid.A", "x");
        remember(events, List.of(fact), "e1");
        stores.stopRedis();
        assertThat(events.seen(List.of(fact)).isEmpty()).isTrue();
        for (int i = 0; i < 1000; i++) {
            events.seen(List.of(fact));
            remember(events, List.of(fact), "e1");
        }
        assertThat(registry.counter("twotick.seen.faults").count()).isEqualTo(1);
        stores.startRedis();
        now.set(now.get().plusSeconds(3));
        events.seen(List.of(fact)); // perhaps on a connection that died
        now.set(now.get().plusSeconds(3));
        remember(events, List.of(fact), "e1");
        assertThat(events.seen(List.of(fact)).get(0)).isTrue();
    }

    private static List<Fact> facts(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(n -> fact("in:1:wamid." + n, "x"))
                .toList();
    }

    private static Fact fact(String key, String content) {
        byte[] digest = Arrays.copyOf(content.getBytes(UTF_8), 16);
        return new Fact.Noticed(new Fact.Item("entry[0]", key, digest, ACCOUNT, null, "{}"), "messages", null);
    }
}
