package dev.twotick.worker.privacy;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static dev.twotick.worker.MetaBodies.change;
import static dev.twotick.worker.MetaBodies.contact;
import static dev.twotick.worker.MetaBodies.envelope;
import static dev.twotick.worker.MetaBodies.message;
import static dev.twotick.worker.MetaBodies.messages;
import static dev.twotick.worker.MetaBodies.statuses;
import static dev.twotick.worker.MetaBodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.campaigns.CampaignTotals;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.outbox.SecretBox;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@WithStores
@Tag("postgres15")
class ErasureTest {
    private static final long BEFORE = secondsAgo(Duration.ofHours(1));
    private static final String ANN = "16505550001";
    private static final String BEN = "16505550002";
    private static final ErasureKey KEY = key("0123456789abcdef0123456789abcdef");

    /// What everybody is told of here, in which nothing of Ann's may be left.
    private static final List<byte[]> HISTORY = List.of(
            text(ANN, "wamid.A1", BEFORE, "I am Ann"),
            envelope(
                    change(
                            NUMBER,
                            List.of(contact(ANN, "Ann"), contact(BEN, "Ben")),
                            "messages",
                            List.of(
                                    message(ANN, "wamid.A2", BEFORE, "again"),
                                    message(BEN, "wamid.B1", BEFORE, "I am Ben"))),
                    "{\"field\":\"group_participants_update\",\"value\":{\"metadata\":{\"phone_number_id\":\"" + NUMBER
                            + "\"},\"groups\":[{\"timestamp\":\"" + BEFORE
                            + "\",\"added_participants\":[{\"wa_id\":\"+1 650-555-0001\"}]}]}}"),
            statuses(
                    NUMBER,
                    List.of(
                            status("wamid.O1", "sent", "\"recipient_id\":\"" + ANN + "\","),
                            status("wamid.O2", "read", "\"recipient_id\":\"" + BEN + "\","))),
            // says nothing of whom the message was for
            statuses(NUMBER, List.of(status("wamid.O1", "failed", ""))),
            // a group's: one participant is Ann
            statuses(
                    NUMBER,
                    List.of(status(
                            "wamid.G1",
                            "read",
                            "\"recipient_type\":\"group\",\"recipient_id\":\"G\",\"recipient_participant_id\":\"" + ANN
                                    + "\","))),
            ("{\"unknown\":{\"caller\":\"" + ANN + "\"}}").getBytes(UTF_8),
            // as PHP writes a slash and a no-break space, and as others do
            "{\"unknown\":[{\"caller\":\"+1\\u00a0650\\/555.0001\"},{\"caller\":\"+1\u00a0650/555-0001\"}]}"
                    .getBytes(UTF_8));

    private static HikariDataSource pool;
    private static DSLContext db;
    private static EventApplier applier;
    private final List<UUID> logged = new ArrayList<>();

    private static long secondsAgo(Duration age) {
        return Instant.now().minus(age).getEpochSecond();
    }

    @BeforeAll
    static void open(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 8, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        applier = applier(new Horizon(Optional.of(KEY), 0));
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @BeforeEach
    void empty() {
        db.execute("truncate campaign, message, message_status, reaction_statement, contact, contact_mention,"
                + " contact_change, account_notice, hook_page, hook_delivery, hook_endpoint, payload_log,"
                + " payload_outcome, payload_failure, tombstone, account cascade");
    }

    @Test
    void whoIsAskedForInAnotherSpellingIsFoundAndStaysAway() {
        List<byte[]> history = List.of(
                text("5215512345678", "wamid.M1", BEFORE, "soy yo"),
                statuses(NUMBER, List.of(status("wamid.M2", "read", "\"recipient_id\":\"5215512345678\","))),
                "{\"unknown\":{\"caller\":\"+52 1 55 1234 5678\"}}".getBytes(UTF_8));
        history.forEach(this::deliver);

        assertThat(export(DataSubject.find(db, "+52 55 1234 5678", Optional.empty(), Optional.empty())))
                .contains("soy yo", "wamid.M2");

        assertThat(forget("+52 55 1234 5678").messages()).isEqualTo(2);
        assertThat(placesThatName("5215512345678")).isEmpty();
        replayLog();
        history.forEach(this::deliver);
        deliver(text("525512345678", "wamid.M3", BEFORE, "otra vez"));
        assertThat(count("contact")).isZero();
        assertThat(count("message")).isZero();
    }

    @Test
    void aReplayAndARetryOfMetasBringNobodyBack() {
        HISTORY.forEach(this::deliver);
        campaign();
        db.execute("insert into payload_failure (payload_id, item, error, raw) select id, 'x', 'e', '{\"from\":\"" + ANN
                + "\"}' from payload_log");
        db.execute("update payload_outcome set error = 'Key (value)=(" + ANN + ") is there'");
        assertThat(placesThatName(ANN)).isNotEmpty();
        String others = others();

        Erasure.Erased erased = forget("+" + ANN);

        assertThat(erased.messages()).isEqualTo(3);
        assertThat(placesThatName(ANN)).isEmpty();
        assertThat(others()).isEqualTo(others);
        assertThat(db.fetchValue("select count(*) from message where wamid in ('wamid.A1', 'wamid.A2', 'wamid.O1')"))
                .isEqualTo(0L);

        long events = count("hook_event");
        replayLog();
        replayLog();
        assertThat(count("hook_event")).isEqualTo(events);
        HISTORY.forEach(this::deliver);

        assertThat(placesThatName(ANN)).isEmpty();
        assertThat(others()).isEqualTo(others);
        assertThat(count("hook_event")).as("a retry raises nothing about her").isEqualTo(events);
        assertThat(db.fetchValue("select sum(expired) from payload_outcome").toString())
                .isEqualTo("8");
        assertThat(db.fetchValue("select count(*) from message where wamid = 'wamid.O1'"))
                .isEqualTo(0L);
    }

    /// Also where it names nobody, but the message that she was sent.
    @Test
    void whatBecameOfHerPaymentIsShownAndGoesWithHerMessage() {
        deliver(statuses(NUMBER, List.of(status("wamid.O1", "sent", "\"recipient_id\":\"" + ANN + "\","))));
        String payment = "\"type\":\"payment\",\"payment\":{\"reference_id\":\"%s\"},";
        byte[] ofAnn = statuses(NUMBER, List.of(status("wamid.O1", "failed", payment.formatted("ann-order"))));
        deliver(ofAnn);
        deliver(statuses(NUMBER, List.of(status("wamid.O2", "failed", payment.formatted("other-order")))));
        StringWriter out = new StringWriter();
        new DataExport(db).write(person(ANN), out);

        assertThat(forget(ANN).notices()).isEqualTo(1);
        deliver(ofAnn);

        assertThat(out.toString()).contains("ann-order").doesNotContain("other-order");
        for (String places : List.of(
                "select value::text from account_notice",
                "select body from hook_event",
                "select encode(body, 'escape') from payload_log")) {
            assertThat(String.join(" ", db.fetch(places).getValues(0, String.class)))
                    .as(places)
                    .contains("other-order")
                    .doesNotContain("ann-order");
        }
    }

    @Test
    void whoHadTheNumberBeforeKeepsWhatIsTheirs() {
        String annId = "US.1000000000000001";
        String benId = "US.1000000000000002";
        List<byte[]> ofBen = ofNumberAnd(benId, "Ben", BEFORE - 1_000);
        List<byte[]> ofAnn = ofNumberAnd(annId, "Ann", BEFORE);
        ofBen.forEach(this::deliver);
        String before = stateOf("Ben");
        ofAnn.forEach(this::deliver);
        deliver(envelope(
                change(
                        NUMBER,
                        List.of(named("Ben2", benId)),
                        "messages",
                        List.of(from(benId, "wamid.Ben2", BEFORE - 900))),
                change(NUMBER, List.of(named("Ann2", annId)), "messages", List.of(from(annId, "wamid.Ann2", BEFORE)))));
        assertThat(person(annId).ids()).contains(ANN);
        String together = stateOf("Ben");
        StringWriter out = new StringWriter();
        new DataExport(db).write(person(annId), out);

        Erasure.Erased erased = forget(annId);

        assertThat(out.toString()).contains("I am Ann", annId).doesNotContain("Ben", benId);
        assertThat(erased.messages()).isEqualTo(3);
        assertThat(placesThatName(annId)).isEmpty();
        assertThat(placesThatName("Ann")).isEmpty();
        assertThat(together).contains("I am Ben").startsWith(before.substring(0, before.indexOf("wamid.Ben")));
        assertThat(stateOf("Ben")).isEqualTo(together);
        assertThat(count("payload_log where convert_from(body, 'UTF8') like '%Ben%'"))
                .isEqualTo(ofBen.size() + 1);
        replayLog();
        ofBen.forEach(this::deliver);
        assertThat(stateOf("Ben")).isEqualTo(together);
        assertThat(db.fetchValue("select coalesce(sum(expired), 0) from payload_outcome")
                        .toString())
                .isEqualTo("0");
        ofAnn.forEach(this::deliver);
        assertThat(placesThatName(annId)).isEmpty();
        assertThat(placesThatName("Ann")).isEmpty();
    }

    /// The contact of the number's first owner is named after the number, which they lost.
    @ParameterizedTest
    @ValueSource(strings = {"", "US.1000000000000003"})
    void whoComesUnderANumberOfAnErasedSecondOwnerIsSomebodyNew(String userId) {
        String annId = "US.1000000000000001";
        String benId = "US.1000000000000002";
        ofNumberAnd(benId, "Ben", BEFORE - 1_000).forEach(this::deliver);
        String ben = stateOf("Ben");
        ofNumberAnd(annId, "Ann", BEFORE).forEach(this::deliver);
        forget(annId);

        long now = secondsAgo(Duration.ofMinutes(-1));
        if (userId.isEmpty()) {
            deliver(text(ANN, "wamid.Cid", now, "I am new here"));
        } else {
            ofNumberAnd(userId, "Cid", now).forEach(this::deliver);
        }

        assertThat(count("payload_failure")).isZero();
        assertThat(count("contact_identity where value = '" + ANN + "'")).isOne();
        assertThat(count("contact")).isEqualTo(2);
        assertThat(stateOf("Ben")).isEqualTo(ben);
        assertThat(count("hook_event where type = 'contact.created'")).isEqualTo(2);
    }

    /// A number and a user id, each with a contact; a message to `account` names both.
    private void annProvesToBeBoth(String id, String account) {
        deliver(text(ANN, "wamid.A1", BEFORE, "I am Ann"));
        deliver(messages(
                NUMBER,
                List.of("{\"user_id\":\"" + id + "\"}"),
                List.of(message("", "wamid.A2", BEFORE, "too")
                        .replace("\"from\":\"\"", "\"from_user_id\":\"" + id + "\""))));
        deliver(messages(account, List.of(named("Ann", id)), List.of(from(id, "wamid.A3", BEFORE + 1))));
    }

    @Test
    void contactsThatProvedToBeTheirsLeaveNoEvents() {
        String id = "US.1000000000000001";
        annProvesToBeBoth(id, NUMBER);
        assertThat(count("hook_event where type = 'contact.merged'")).isEqualTo(1);

        forget(id);

        assertThat(count("hook_event where type <> 'account.discovered'")).isZero();
        assertThat(count("contact_merged")).isZero();
    }

    /// What a person says and is told as (ANN's number, this user id).
    private static List<byte[]> ofNumberAnd(String userId, String name, long at) {
        return List.of(
                messages(NUMBER, List.of(named(name, userId)), List.of(from(userId, "wamid." + name, at))),
                statuses(
                        NUMBER,
                        List.of("{\"id\":\"wamid.to" + name + "\",\"status\":\"read\",\"recipient_id\":\"" + ANN
                                + "\",\"recipient_user_id\":\"" + userId + "\",\"timestamp\":\"" + at + "\"}")),
                envelope("{\"field\":\"user_preferences\",\"value\":{\"metadata\":{\"phone_number_id\":\"" + NUMBER
                        + "\"},\"contacts\":[" + named(name, userId) + "],\"user_preferences\":[{\"wa_id\":\"" + ANN
                        + "\",\"user_id\":\"" + userId + "\",\"detail\":\"" + name
                        + "\",\"category\":\"marketing_messages\",\"value\":\"stop\",\"timestamp\":" + at + "}]}}"));
    }

    private static String named(String name, String userId) {
        return "{\"profile\":{\"name\":\"" + name + "\"},\"wa_id\":\"" + ANN + "\",\"user_id\":\"" + userId + "\"}";
    }

    private static String from(String userId, String wamid, long at) {
        return message(ANN, wamid, at, "I am " + wamid.substring(6))
                .replace("\"id\":", "\"from_user_id\":\"" + userId + "\",\"id\":");
    }

    /// What is kept of whoever has this in their wamids and names. Not whose the number is: told again, what its
    /// previous owner wrote makes it theirs again.
    private static String stateOf(String name) {
        String like = "%" + name + "%";
        return db.fetch(
                                "select wamid, body, status, from_wa_id, from_user_id from message where wamid like ? order by id",
                                like)
                        .formatCSV()
                + db.fetch(
                                "select type, body from hook_event where body like ? and type <> 'contact.updated'"
                                        + " order by id",
                                like)
                        .formatCSV()
                + db.fetch("select value from account_notice where value::text like ? order by id", like)
                        .formatCSV();
    }

    @Test
    void whoComesBackIsSomebodyNew() {
        deliver(HISTORY.getFirst());
        forget(ANN);
        long later = Instant.now().getEpochSecond() + 5;
        deliver(text(ANN, "wamid.A9", later, "me again"));
        deliver(HISTORY.getFirst());

        assertThat(db.fetch("select wamid from message").getValues(0, String.class))
                .containsExactly("wamid.A9");
        assertThat(count("contact")).isEqualTo(1);
    }

    @Test
    void anErasureThatWasInterruptedIsFinishedByTheNext() {
        HISTORY.forEach(this::deliver);
        for (int stop = 1; stop < 8; stop++) {
            int at = stop;
            assertThatThrownBy(() -> new Erasure(db, KEY).run(person(ANN), (step, done, total) -> {
                        if (List.of("log", "hook events", "failures", "notices", "campaigns", "messages", "contact")
                                        .indexOf(step)
                                >= at - 1) {
                            throw new IllegalStateException("killed");
                        }
                    }))
                    .hasMessage("killed");
        }
        forget(ANN);

        assertThat(placesThatName(ANN)).isEmpty();
    }

    @Test
    void batchesInFlightAreFoundOrSeeTheTombstones() throws Exception {
        try (var workers = java.util.concurrent.Executors.newFixedThreadPool(3)) {
            List<java.util.concurrent.Future<?>> running = new ArrayList<>();
            for (int worker = 0; worker < 3; worker++) {
                int first = worker * 1_000;
                running.add(workers.submit(() -> IntStream.range(first, first + 60)
                        .forEach(i -> apply(text(ANN, "wamid." + i, BEFORE, "hello")))));
            }
            forget(ANN);
            for (var each : running) {
                each.get();
            }
        }
        assertThat(placesThatName(ANN)).isEmpty();
    }

    @Test
    void aCampaignKeepsItsCountsAndForgetsTheName() {
        HISTORY.forEach(this::deliver);
        long campaign = campaign();
        CampaignTotals totals = new CampaignTotals(db, new Outbox(Duration.ofSeconds(60)));
        CampaignTotals.Totals before = totals.recount(campaign).orElseThrow();

        forget(ANN);
        campaign();

        assertThat(totals.recount(campaign)).contains(before);
        assertThat(before.recipients()).isEqualTo(2);
    }

    @Test
    void withoutTheKeyNothingIsApplied() {
        deliver(HISTORY.getFirst());
        forget(ANN);

        for (Optional<ErasureKey> key : List.of(Optional.<ErasureKey>empty(), Optional.of(key("f".repeat(32))))) {
            EventApplier other = applier(new Horizon(key, 0));
            assertThatThrownBy(() -> TestApplier.apply(other, List.of(work(UUID.randomUUID(), HISTORY.getFirst()))))
                    .isInstanceOf(DataAccessException.class)
                    .hasMessageContaining("TWOTICK_ENCRYPTION_KEY");
        }
        assertThat(placesThatName(ANN)).isEmpty();
    }

    @Test
    void anExportHoldsWhatIsHeldAboutOnePerson() {
        HISTORY.forEach(this::deliver);
        campaign();
        StringWriter out = new StringWriter();
        new DataExport(db).write(person(ANN), out);

        assertThat(db.fetchValue(
                        "select json_object_keys::text from json_object_keys(?::json) limit 1", out.toString()))
                .isEqualTo("identities");
        assertThat(out.toString())
                .contains("I am Ann", "again", "wamid.O1", "spring", "added_participants")
                .doesNotContain("I am Ben", "wamid.O2");
    }

    /// A status of theirs that names nobody, and items that failed.
    @Test
    void anExportHoldsWhateverAnErasureWouldTake() {
        HISTORY.forEach(this::deliver);
        db.execute("insert into payload_failure (payload_id, item, error, raw) select id, 'x', 'broken', '{\"from\":\""
                + ANN + "\"}' from payload_log order by id limit 1");
        db.execute("insert into payload_failure (payload_id, item, error, raw) select id, 'y', 'Key (value)=(" + ANN
                + ") is there', '{}' from payload_log order by id limit 1");
        db.execute("insert into payload_failure (payload_id, item, error, raw) select id, 'z', 'broken', '{\"from\":\""
                + BEN + "\"}' from payload_log order by id limit 1");

        String export = export(person(ANN));
        forget(ANN);

        assertThat((String) db.fetchValue(
                        "select string_agg(i ->> 'item', '') from json_array_elements(?::json ->"
                                + " 'payload_items') i",
                        export))
                .contains("{\"id\":\"wamid.O1\",\"status\":\"failed\",\"timestamp\":");
        assertThat(db.fetchValue(
                        "select string_agg(f ->> 'item', '') from json_array_elements(?::json -> 'failures') f",
                        export))
                .isEqualTo("xy");
        assertThat(db.fetch(
                                "select item || ' ' || error || ' ' || coalesce(raw, '') from payload_failure order by item")
                        .getValues(0, String.class))
                .containsExactly("x broken ", "y erased ", "z broken {\"from\":\"" + BEN + "\"}");
    }

    @Test
    void whatAnotherBusinessKnowsOfThePersonStaysAndIsNotShown() {
        inBusinessTwo();
        UUID endpoint = UUID.randomUUID();
        db.execute(
                "insert into hook_endpoint (id, name, url, secret) values (?, 'app', 'https://a.example/', '')",
                endpoint);
        List<byte[]> twice = List.of(
                messages("2002", List.of(contact(ANN, "Ann")), List.of(message(ANN, "wamid.Z1", BEFORE, "to Two"))),
                statuses("2002", List.of(status("wamid.Z2", "read", "\"recipient_id\":\"" + ANN + "\","))),
                statuses(
                        "2002",
                        List.of(status(
                                "wamid.Z3",
                                "read",
                                "\"recipient_type\":\"group\",\"recipient_id\":\"G\",\"recipient_participant_id\":\""
                                        + ANN + "\","))),
                messages(
                        "2002",
                        List.of(),
                        List.of(message(ANN, "wamid.Z4", BEFORE, "")
                                .replace(
                                        "\"type\":\"text\"",
                                        "\"type\":\"reaction\",\"reaction\":{\"message_id\":"
                                                + "\"wamid.Z2\",\"emoji\":\"x\"}"))),
                envelope(
                        "{\"field\":\"unheard_of\",\"value\":{\"metadata\":{\"phone_number_id\":\"2002\"},\"caller\":\""
                                + ANN + "\"}}"));
        twice.forEach(this::deliver);
        db.execute(
                "insert into payload_failure (payload_id, item, error, raw) select payload_id, 'x', 'in Two', '{\"from\":\""
                        + ANN + "\"}' from payload_outcome order by payload_id limit 1");
        CampaignFill fill =
                new CampaignFill(db, new Outbox(Duration.ofSeconds(60)), true, new Horizon(Optional.of(KEY), 0));
        fill.add(
                Optional.of(1L),
                "one",
                List.of(new CampaignFill.Line(
                        1,
                        RecipientLine.parse(
                                "{\"wamid\":\"wamid.Z2\",\"phone_number_id\":\"2002\",\"to\":\"" + ANN + "\"}"))));
        fill.add(
                Optional.of(2L),
                "two",
                List.of(new CampaignFill.Line(1, RecipientLine.parse("{\"to\":\"" + ANN + "\"}"))));
        List<String> before = placesThatName(ANN);
        assertThat(before).isNotEmpty();
        DataSubject alone = DataSubject.find(db, ANN, Optional.empty(), Optional.of(1L));
        String nothing = export(alone);

        HISTORY.forEach(this::deliver);
        String one = export(DataSubject.find(db, ANN, Optional.of(NUMBER), Optional.empty()));
        new Erasure(db, KEY)
                .run(DataSubject.find(db, ANN, Optional.empty(), Optional.of(1L)), (step, done, total) -> {});

        assertThat(nothing.replaceAll("\\s", "")).matches("\\{\"identities\":\\[\"" + ANN + "\"](,\"[a-z_]+\":\\[])*}");
        assertThat(one).contains("I am Ann").doesNotContain("2002", "in Two", "\"two\"");
        assertThat(placesThatName(ANN)).isEqualTo(before);
        assertThat(export(DataSubject.find(db, ANN, Optional.of("2002"), Optional.empty())))
                .contains("to Two", "wamid.Z2", "wamid.Z3", "in Two", "unheard_of", "\"one\"", "\"two\"");
        assertThat(count("hook_delivery where event_id in (select id from hook_event where body like '%2002%')"))
                .isEqualTo(count("hook_event where body like '%2002%'"));
    }

    @Test
    void aFileNamesNobodyWhomItsBusinessHasErased() {
        inBusinessTwo();
        CampaignFill fill =
                new CampaignFill(db, new Outbox(Duration.ofSeconds(60)), true, new Horizon(Optional.of(KEY), 0));
        new Erasure(db, KEY)
                .run(DataSubject.find(db, ANN, Optional.of("2002"), Optional.empty()), (step, done, total) -> {});

        for (String key : List.of("one", "two")) {
            fill.add(
                    Optional.of(key.equals("one") ? 1L : 2L),
                    key,
                    Stream.of(
                                    "{\"to\":\"" + ANN + "\"}",
                                    "{\"wamid\":\"A\",\"phone_number_id\":\"2002\",\"to\":\"" + ANN + "\"}",
                                    "{\"wamid\":\"B\",\"phone_number_id\":\"" + NUMBER + "\",\"to\":\"" + ANN + "\"}")
                            .map(line -> new CampaignFill.Line(1, RecipientLine.parse(line)))
                            .toList());
        }

        assertThat(db.fetch(
                                "select c.key || ' ' || coalesce(m.wamid, '-') from campaign_recipient r join campaign c on"
                                        + " c.id = r.campaign_id left join message m on m.id = r.message_id where r.recipient = ?"
                                        + " order by 1",
                                ANN)
                        .getValues(0, String.class))
                .as("as business 1 knows them")
                .containsExactly("one -", "one B", "two B");
    }

    @Test
    void whoIsPlannedForAnAccountIsForgottenWithItsBusiness() {
        inBusinessTwo();
        CampaignFill fill =
                new CampaignFill(db, new Outbox(Duration.ofSeconds(60)), true, new Horizon(Optional.of(KEY), 0));
        fill.add(
                Optional.of(1L),
                "spring",
                Stream.of("{\"to\":\"" + ANN + "\"}", "{\"to\":\"" + ANN + "\",\"phone_number_id\":\"2002\"}")
                        .map(line -> new CampaignFill.Line(1, RecipientLine.parse(line)))
                        .toList());
        String planned = "select c.business_id || ' ' || coalesce(r.recipient, 'nobody') from campaign_recipient r"
                + " join campaign c on c.id = r.campaign_id order by 1";

        new Erasure(db, KEY)
                .run(DataSubject.find(db, ANN, Optional.of("2002"), Optional.empty()), (step, done, total) -> {});

        assertThat(db.fetch(planned).getValues(0, String.class)).containsExactly("1 " + ANN, "2 nobody");
    }

    /// What is settled before the account is known names none.
    @Test
    void whatTheFirstPayloadOfAnAccountRaisedIsOfItsBusiness() {
        inBusinessTwo();
        String id = "US.1000000000000001";
        annProvesToBeBoth(id, "3003");
        assertThat(count("hook_event where account_id is null and body like '%" + id + "%'"))
                .isPositive();
        List<String> before = placesThatName(id);
        DataSubject person = DataSubject.find(db, id, Optional.empty(), Optional.of(2L));

        assertThat(export(person)).doesNotContain("contact.");
        new Erasure(db, KEY).run(person, (step, done, total) -> {});

        assertThat(placesThatName(id)).isEqualTo(before);
    }

    /// The account 2002 is another business'.
    /// Theirs to a message of somebody else's, and under each of their ids.
    @Test
    void aReactionIsShownOnceAndGoesUnderWhateverIdItWasStated() {
        String annId = "US.1000000000000001";
        deliver(text(BEN, "wamid.B1", BEFORE, "I am Ben"));
        deliver(messages(NUMBER, List.of(contact(ANN, "Ann")), List.of(reaction(ANN, "wamid.R1", BEFORE))));
        deliver(messages(NUMBER, List.of(named("Ann", annId)), List.of(reaction(ANN, "wamid.R2", BEFORE + 1))));
        deliver(messages(NUMBER, List.of(contact(BEN, "Ben")), List.of(reaction(BEN, "wamid.R3", BEFORE))));

        String export = export(person(annId));
        forget(annId);

        assertThat(db.fetchValue(
                        "select string_agg(r ->> 'reactor', ' ') from json_array_elements(?::json ->"
                                + " 'message_reactions') r",
                        export))
                .isEqualTo(ANN);
        assertThat(db.fetchValue(
                        "select string_agg(r ->> 'value', ' ' order by r ->> 'value')"
                                + " from json_array_elements(?::json -> 'reaction_statements') r",
                        export))
                .isEqualTo(ANN + " " + annId);
        assertThat(db.fetch("select reactor from message_reaction").getValues(0, String.class))
                .containsExactly(BEN);
        assertThat(count("reaction_statement")).isEqualTo(1);
    }

    @Test
    void whatAPersonWroteInAGroupIsShownAndGoesAndTheGroupStays() {
        deliver(messages(
                NUMBER,
                List.of(contact(ANN, "Ann"), contact(BEN, "Ben")),
                List.of(inGroup(ANN, "wamid.A1", "Ann here"), inGroup(BEN, "wamid.B1", "Ben here"))));
        deliver(text(ANN, "wamid.A2", BEFORE, "I am Ann"));
        List<String> places = placesThatName(BEN);

        String export = export(person(ANN));
        Erasure.Erased erased = forget(ANN);

        assertThat(db.fetchValue(
                        "select string_agg(m ->> 'wamid', ' ' order by m ->> 'wamid')"
                                + " from json_array_elements(?::json -> 'messages') m",
                        export))
                .isEqualTo("wamid.A1 wamid.A2");
        assertThat(export).doesNotContain("Ben here");
        assertThat(erased.messages()).isEqualTo(2);
        assertThat(placesThatName(ANN)).isEmpty();
        assertThat(placesThatName(BEN)).isEqualTo(places);
        assertThat(db.fetchValue("select string_agg(group_id || unread_count, ' ') from conversation"))
                .isEqualTo("Y2FwaV9ncm91cDox1");
        replayLog();
        assertThat(wamids()).isEqualTo("wamid.B1");
    }

    private static String inGroup(String from, String wamid, String body) {
        return message(from, wamid, BEFORE, body).replaceFirst("\\{", "{\"group_id\":\"Y2FwaV9ncm91cDox\",");
    }

    private static String reaction(String from, String wamid, long at) {
        return message(from, wamid, at, "")
                .replace(
                        "\"type\":\"text\"",
                        "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.B1\",\"emoji\":\"x\"}");
    }

    private static void inBusinessTwo() {
        db.execute("insert into business (id, name) values (2, 'Two') on conflict do nothing");
        db.execute("insert into account (phone_number_id, business_id) values ('2002', 2)");
    }

    private static String export(DataSubject person) {
        StringWriter out = new StringWriter();
        new DataExport(db).write(person, out);
        return out.toString();
    }

    @Test
    void oldMessagesGoAndAReplayDoesNotBringThemBack() {
        Horizon horizon = new Horizon(Optional.empty(), 30);
        long old = secondsAgo(Duration.ofDays(31));
        List<byte[]> bodies = List.of(
                text(ANN, "wamid.old", old, "long ago"),
                text(BEN, "wamid.old2", old, "long ago, and"),
                text(BEN, "wamid.new", BEFORE, "just now"),
                statuses(NUMBER, List.of(status("wamid.out", "sent", "").replace("" + BEFORE, "" + old))));
        bodies.forEach(this::deliver);
        OldMessages messages = new OldMessages(db, horizon);

        while (messages.deleteNext().isPresent()) {}
        String state = wamids();
        EventApplier keeping = applier(horizon);
        bodies.forEach(body -> TestApplier.apply(keeping, List.of(work(UUID.randomUUID(), body))));

        assertThat(state).isEqualTo("wamid.new");
        assertThat(wamids()).isEqualTo(state);
        assertThat(count("conversation")).isEqualTo(1);
        assertThat(count("message_status")).isZero();
        assertThat(db.fetchValue("select sum(expired) from payload_outcome").toString())
                .isEqualTo("3");
    }

    @Test
    void aMessageOfWhichSomethingIsToldMeanwhileStays() throws Exception {
        deliver(text(BEN, "wamid.old", secondsAgo(Duration.ofDays(31)), "long ago"));
        OldMessages messages = new OldMessages(db, new Horizon(Optional.empty(), 30));
        try (var workers = java.util.concurrent.Executors.newSingleThreadExecutor()) {
            var deleted = db.transactionResult(configuration -> {
                configuration.dsl().execute("update message set edited_at = now()");
                var running = workers.submit(messages::deleteNext);
                org.awaitility.Awaitility.await()
                        .until(() -> !Long.valueOf(0)
                                .equals(db.fetchValue("select count(*) from pg_stat_activity where datname ="
                                        + " current_database() and wait_event_type = 'Lock'")));
                return running;
            });
            deleted.get();
        }
        assertThat(wamids()).isEqualTo("wamid.old");
    }

    private static String wamids() {
        return (String) db.fetchValue("select string_agg(wamid, ' ' order by wamid) from message");
    }

    private static long campaign() {
        CampaignFill fill =
                new CampaignFill(db, new Outbox(Duration.ofSeconds(60)), true, new Horizon(Optional.of(KEY), 0));
        long campaign = fill.open(1, "spring");
        fill.add(
                Optional.of(1L),
                "spring",
                Stream.of(
                                "{\"wamid\":\"wamid.O1\",\"phone_number_id\":\"" + NUMBER + "\"}",
                                "{\"wamid\":\"wamid.O2\",\"phone_number_id\":\"" + NUMBER + "\",\"to\":\"" + BEN
                                        + "\"}",
                                "{\"to\":\"+" + ANN + "\"}")
                        .map(line -> new CampaignFill.Line(1, RecipientLine.parse(line)))
                        .toList());
        return campaign;
    }

    private static Erasure.Erased forget(String identity) {
        return new Erasure(db, KEY).run(person(identity), (step, done, total) -> {});
    }

    private static DataSubject person(String identity) {
        return DataSubject.find(db, identity, Optional.empty(), Optional.empty());
    }

    /// Every column of every table that can hold text, and what of it names this person.
    private static List<String> placesThatName(String id) {
        List<String> places = new ArrayList<>();
        db.fetch("select table_name, column_name, data_type from information_schema.columns where table_schema"
                        + " = 'public' and data_type in ('text', 'json', 'jsonb', 'bytea', 'ARRAY', 'character"
                        + " varying') and table_name not similar to '%_\\d{8}' order by table_name, column_name")
                .forEach(column -> {
                    String text = column.get(2).equals("bytea")
                            ? "encode(\"" + column.get(1) + "\", 'escape')"
                            : "\"" + column.get(1) + "\"::text";
                    Object found = db.fetchValue("select count(*) from \"" + column.get(0)
                            + "\" where regexp_replace(" + text
                            + ", '\\\\u00a0|\\\\302\\\\240|[ +().\u00a0/\\\\-]', '', 'g') like '%" + id + "%'");
                    if (!Long.valueOf(0).equals(found)) {
                        places.add(column.get(0) + "." + column.get(1) + ": " + found);
                    }
                });
        return places;
    }

    private static String others() {
        return db.fetch("select wamid, body, status from message where wamid in ('wamid.B1', 'wamid.O2') order"
                                + " by wamid")
                        .formatCSV()
                + db.fetch("select value from contact_identity where value = ?", BEN)
                        .formatCSV()
                + db.fetch("select type, body from hook_event where body like ? order by id", "%" + BEN + "%")
                        .formatCSV();
    }

    private static long count(String table) {
        return (Long) db.fetchValue("select count(*) from " + table);
    }

    /// By the door: logged, then applied.
    private void deliver(byte[] body) {
        UUID id = PayloadId.at(Instant.now()).value();
        db.execute(
                "insert into payload_log (id, received_at, body, signature, app) values (?, now(), ?, '', 'test')",
                id,
                body);
        logged.add(id);
        TestApplier.apply(applier, List.of(work(id, body)));
    }

    private static void replayLog() {
        db.fetch("select id, body from payload_log order by id")
                .forEach(row -> TestApplier.apply(
                        applier, List.of(work(row.get("id", UUID.class), row.get("body", byte[].class)))));
    }

    private static void apply(byte[] body) {
        TestApplier.apply(applier, List.of(work(UUID.randomUUID(), body)));
    }

    private static PayloadWork work(UUID payload, byte[] body) {
        UUID id = payload.version() == 7 ? payload : PayloadId.at(Instant.now()).value();
        return PayloadWork.of(
                id,
                PayloadId.at(Instant.now()).value(),
                Instant.now(),
                "test",
                false,
                new PayloadInterpreter().interpret(body));
    }

    private static EventApplier applier(Horizon horizon) {
        return new EventApplier(db, new Outbox(Duration.ofSeconds(60)), () -> 0, owed -> {}, true, horizon);
    }

    private static ErasureKey key(String bytes) {
        return new ErasureKey(new SecretBox(Base64.getEncoder().encodeToString(bytes.getBytes(UTF_8))));
    }

    private static String status(String wamid, String status, String more) {
        return "{\"id\":\"" + wamid + "\",\"status\":\"" + status + "\"," + more + "\"timestamp\":\"" + BEFORE + "\"}";
    }
}
