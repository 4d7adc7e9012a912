package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every body at hand, and hundreds of spoiled ones, by the front door: our samples, and a larger collection where the
/// machine has one (`-Dtwotick.payloads=FOLDER`). `-Dtwotick.seed=…` repeats a run.
@WithStores
class EveryPayloadTest {
    private static final Path SAMPLES = Path.of("src/main/resources/samples");
    private static final Path COLLECTION = Path.of(System.getProperty("twotick.payloads", "../../../shared/payloads"));
    private static final long SEED = Long.getLong("twotick.seed", System.nanoTime());
    private static final int SPOILED = Integer.getInteger("twotick.spoiled", 5_000);
    private static Installation twotick;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new Installation(stores, 2);
    }

    @AfterAll
    static void stop() {
        twotick.close();
    }

    @Test
    void everythingInEveryBodyIsFoundByItsKey() throws Exception {
        List<Path> bodies = bodiesIn(SAMPLES);
        if (Files.isDirectory(COLLECTION)) {
            bodies.addAll(bodiesIn(COLLECTION));
        }
        List<Fact> facts = new ArrayList<>();
        for (Path body : bodies) {
            byte[] bytes = Files.readAllBytes(body);
            assertThat(twotick.post(bytes)).as("%s", body).isEqualTo(200);
            facts.addAll(factsOf(bytes));
        }
        twotick.settle();

        nothingFailed();
        Set<String> missing =
                new TreeSet<>(facts.stream().flatMap(EveryPayloadTest::rowsOf).toList());
        missing.removeAll(rows());
        assertThat(missing).isEmpty();
        System.out.println(bodies.size() + " bodies, " + facts.size() + " facts, each found by its key");
    }

    @Test
    void spoiledBodiesHarmNobody() throws Exception {
        System.out.println("seed=" + SEED + " spoiled=" + SPOILED);
        SplittableRandom random = new SplittableRandom(SEED);
        SpoiledBodies spoiled = new SpoiledBodies(random);
        List<String> entries = entries();
        List<Callable<Integer>> posts = new ArrayList<>();
        for (int i = 0; i < SPOILED; i++) {
            String healthy = Bodies.entry(
                    "1020", Bodies.messages("1020", List.of(Bodies.text("1650777" + i, "wamid.Healthy" + i, "hi"))));
            String body = "{\"object\":\"whatsapp_business_account\",\"entry\":["
                    + spoiled.of(entries.get(random.nextInt(entries.size()))) + "," + healthy + "]}";
            posts.add(() -> twotick.post(body));
        }
        try (ExecutorService posters = Executors.newFixedThreadPool(16)) {
            for (Future<Integer> status : posters.invokeAll(posts)) {
                assertThat(status.get()).isEqualTo(200);
            }
        }
        twotick.settle();

        assertThat(twotick.one(
                        "select count(*) from message where wamid like 'wamid.Healthy%' and live_at is not null"))
                .isEqualTo((long) SPOILED);
        nothingFailed();
    }

    private static void nothingFailed() {
        assertThat(twotick.db
                        .fetch("select item || ': ' || error from payload_failure")
                        .getValues(0))
                .isEmpty();
        assertThat(twotick.one("select count(*) from payload where state <> 'processed'"))
                .isEqualTo(0L);
    }

    private static List<Path> bodiesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return new ArrayList<>(files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList());
        }
    }

    private static List<String> entries() throws IOException {
        List<String> entries = new ArrayList<>();
        for (Path sample : bodiesIn(SAMPLES)) {
            for (JsonNode entry :
                    JsonMapper.shared().readTree(Files.readString(sample)).path("entry")) {
                entries.add(entry.toString());
            }
        }
        return entries;
    }

    private static List<Fact> factsOf(byte[] body) {
        Interpretation read = new PayloadInterpreter().interpret(body);
        assertThat(read).as(new String(body, UTF_8)).isInstanceOf(Interpretation.Facts.class);
        return ((Interpretation.Facts) read).facts();
    }

    /// The rows that a fact must have, as [#rows] spells them.
    private static Stream<String> rowsOf(Fact fact) {
        String account = fact.item().account().phoneNumberId().value();
        return switch (fact) {
            case Fact.MessageTold told ->
                Stream.of("message " + account + " " + told.wamid().value() + " " + toldBy(told.source()));
            case Fact.StatusReported status ->
                Stream.of("status " + account + " " + status.wamid().value() + " " + status.status() + " "
                        + status.participant());
            case Fact.FlowCompleted flow ->
                Stream.of("flow " + account + " " + flow.wamid().value());
            case Fact.Noticed notice ->
                Stream.concat(
                        Stream.of("notice " + account + " " + notice.item().key()),
                        Stream.ofNullable(notice.effect()).flatMap(effect -> rowsOf(effect, account)));
        };
    }

    private static Stream<String> rowsOf(Effect effect, String account) {
        return switch (effect) {
            case Effect.TemplateChanged template -> Stream.of("template " + account + " " + template.templateId());
            case Effect.PreferenceStated preference -> Stream.of("preference " + account + " " + preference.category());
            case Effect.SignedUp signup -> Stream.of("signup " + signup.signupId());
            case Effect.CallReported call -> Stream.of("call " + account + " " + call.callId());
            case Effect.NameSaved _, Effect.IdentityChanged _, Effect.OtherStatus _ -> Stream.of();
        };
    }

    private static String toldBy(Fact.MessageTold.Source source) {
        return switch (source) {
            case LIVE -> "live";
            case ECHO -> "echo";
            case STANDBY -> "standby";
            case HISTORY, HISTORY_MEDIA -> "history";
            case REGISTERED -> throw new AssertionError("no payload registers a message");
        };
    }

    private static Set<String> rows() {
        return new HashSet<>(twotick.db.fetch("""
                        select 'message ' || a.phone_number_id || ' ' || m.wamid || ' ' || s.word
                        from message m join account a on a.id = m.account_id
                        cross join lateral (values ('live', m.live_at), ('echo', m.echoed_at), ('standby', m.standby_at),
                            ('history', m.history_at)) s (word, at)
                        where s.at is not null
                        union all
                        select 'status ' || a.phone_number_id || ' ' || m.wamid || ' ' || s.status || ' ' || s.participant
                        from message_status s join message m on m.id = s.message_id join account a on a.id = m.account_id
                        union all
                        select 'flow ' || a.phone_number_id || ' ' || m.wamid
                        from flow_response f join message m on m.id = f.message_id join account a on a.id = m.account_id
                        union all
                        select 'notice ' || a.phone_number_id || ' ' || case -- without the week, which the body does not say
                            when n.fact_key like 'undated:%' then left(n.fact_key, 72) else n.fact_key end
                        from account_notice n join account a on a.id = n.account_id
                        union all
                        select 'template ' || a.phone_number_id || ' ' || t.template_id
                        from template t join account a on a.id = t.account_id
                        union all
                        select 'preference ' || a.phone_number_id || ' ' || p.category
                        from contact_preference p join account a on a.id = p.account_id
                        union all
                        select 'signup ' || s.signup_id from signup_subscription s
                        union all
                        select 'call ' || a.phone_number_id || ' ' || c.call_id
                        from call c join account a on a.id = c.account_id
                        """).getValues(0, String.class));
    }
}
