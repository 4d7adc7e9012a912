package dev.twotick.worker.people;

import static dev.twotick.worker.apply.PeopleFacts.ACCOUNT;
import static dev.twotick.worker.apply.PeopleFacts.changed;
import static dev.twotick.worker.apply.PeopleFacts.message;
import static dev.twotick.worker.apply.PeopleFacts.payload;
import static dev.twotick.worker.apply.PeopleFacts.person;
import static dev.twotick.worker.apply.PeopleFacts.prefers;
import static dev.twotick.worker.apply.PeopleFacts.saved;
import static dev.twotick.worker.apply.PeopleFacts.signsUp;
import static dev.twotick.worker.apply.PeopleFacts.updated;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.PeopleFacts;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Person;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who is who, and what follows them. Numbers are `w…`, user ids `u…`.
@WithStores
class PeopleTest {
    private static HikariDataSource pool;
    private static DSLContext db;
    private static EventApplier applier;

    @BeforeAll
    static void open(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 8, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        applier = TestApplier.of(db, () -> 0);
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @BeforeEach
    void empty() {
        // faster than truncate, which makes new files
        for (String table : List.of(
                "message_status",
                "message",
                "conversation",
                "contact_preference",
                "contact_label",
                "signup_subscription",
                "signup_statement",
                "preference_statement",
                "signup",
                "label",
                "contact_merged",
                "contact_identity",
                "contact",
                "contact_mention",
                "contact_change",
                "account_notice",
                "account",
                "hook_page",
                "payload_outcome",
                "payload_failure")) {
            db.execute("delete from " + table);
        }
    }

    @Test
    void twoContactsThatProveToBeOneAreMerged() {
        apply(message("m1", person("w1", null, null, "By number", 1), 1));
        apply(message("m2", person(null, "u1", null, "By user id", 2), 2));
        assertThat(contacts()).containsExactly("u1: By user id", "w1: By number");

        apply(message("m3", person("w1", "u1", 3), 3));

        assertThat(contacts()).containsExactly("u1 w1: By user id");
        assertThat(row("select string_agg(unread_count || ' ' || extract(epoch from last_message_at)::bigint - "
                        + PeopleFacts.NOON + ", ',') from conversation"))
                .isEqualTo("3 3");
        assertThat(row("select count(distinct conversation_id) from message")).isEqualTo(1L);
        assertThat(row("select count(*) from contact_merged m join contact c on c.id = m.into_id"))
                .isEqualTo(1L);
        assertThat(events("contact.merged")).isEqualTo(1);
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void anIdThatIsLearnedIsTheSameContact() {
        apply(message("m1", person("w1", null, 1), 1));
        apply(message("m2", person("w1", "u1", 2), 2));
        apply(message("m3", person(null, "u1", 3), 3));

        assertThat(contacts()).containsExactly("u1 w1: ");
        assertThat(row("select unread_count from conversation")).isEqualTo(3);
        assertThat(events("contact.created")).isEqualTo(1);
        assertThat(events("contact.updated")).isEqualTo(1);
    }

    @Test
    void anIdThatIsRepeatedForEverybodyWeldsNoMoreThanOnePersonMayHave() {
        apply(message("alone", person("w", "u", "p", "Alone", 0), 0));
        for (int batch = 0; batch < 2; batch++) {
            List<Fact> facts = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                String who = batch + "-" + i;
                facts.add(
                        i % 10 == 0
                                ? message("own" + who, person("v" + who, "u" + who, "p" + who, null, i), i)
                                : message("m" + who, person(null, "u" + who, "0", null, i), i));
            }
            TestApplier.apply(applier, List.of(payload(facts)));
        }

        assertThat(row("select max(n) from (select count(*) n from contact_identity group by contact_id) i"))
                .isEqualTo((long) PersonLimit.IDS);
        int welded = PersonLimit.IDS - 1;
        assertThat(row("select count(*) from message where wamid like 'm%'")).isEqualTo((long) welded);
        assertThat(row("select count(*) from message where wamid like 'own%'")).isEqualTo(30L);
        assertThat(row("select count(*) from contact")).isEqualTo(32L);
        assertThat(db.fetch("select distinct error from payload_failure").getValues(0, String.class))
                .singleElement()
                .asString()
                .startsWith("one person would have more than 100 ids");
        // its own people go on as before
        apply(message("alone2", person("w", "u", "p", "Alone", 1), 1));
        assertThat(row("select unread_count from conversation v join contact c on c.id = v.contact_id"
                        + " where c.name = 'Alone'"))
                .isEqualTo(2);
    }

    @Test
    void aNumberThatIsRepeatedForEverybodyIsNotReadWithAllOfThem() {
        db.execute("insert into contact_mention (business_id, wa_id, user_id)"
                + " select 1, 'w0', 'u' || i from generate_series(1, 100000) i");
        db.execute("insert into contact (id, business_id) select gen_random_uuid(), 1 from generate_series(1, 1)");
        db.execute("insert into contact_identity (business_id, kind, value, contact_id)"
                + " select 1, 'wa_id', 'w0', id from contact");

        TestApplier.apply(
                applier,
                List.of(payload(
                        List.of(message("m1", person("w0", "u0", 1), 1), message("m2", person("w1", "u0b", 1), 1)))));

        assertThat(row("select string_agg(wamid, ',') from message")).isEqualTo("m2");
        assertThat(row("select error from payload_failure")).asString().contains("ids have to do with one another");
    }

    @Test
    void aNumberInTwoSpellingsIsOneContactInEveryOrder() {
        List<Fact> facts = List.of(
                saved("n1", person("5531998765432", null, 1), "Ana from Belo", 1),
                message("m1", person("553198765432", "u1", null, "Ana", 2), 2),
                message("m2", person("5531998765432", null, 3), 3),
                message("m3", person("553198765432", "u2", null, "Bia", 4), 4));
        for (List<Fact> order : TestApplier.orders(facts)) {
            empty();
            order.forEach(PeopleTest::apply);

            // who was named with the number last has it, in both spellings, and what came with it alone
            assertThat(contacts()).containsExactly("553198765432 5531998765432 u2: Bia / Ana from Belo", "u1: Ana");
            assertThat(conversations())
                    .containsExactly("553198765432 5531998765432 u2: m2 m3 unread 2", "u1: m1 unread 1");
            assertThat(lastNoticesTellTheState()).isTrue();
        }
    }

    @Test
    void twoSpellingsThatNewPeopleBringAtTheSameInstantMakeOneContactEach() throws Exception {
        int people = 60;
        ExecutorService threads = Executors.newFixedThreadPool(2);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<?>> runs = new ArrayList<>();
        for (String spelling : List.of("55319", "5531")) {
            runs.add(threads.submit(() -> {
                start.await();
                for (int i = 0; i < people; i++) {
                    String number = spelling + (98765400 + i);
                    apply(message(number, person(number, null, i), i));
                }
                return null;
            }));
        }
        start.countDown();
        for (Future<?> run : runs) {
            run.get();
        }
        threads.shutdown();

        assertThat(row("select count(*) from contact")).isEqualTo((long) people);
        assertThat(row("select count(*) from contact_identity")).isEqualTo(2L * people);
        assertThat(row("select count(*) from conversation where unread_count = 2"))
                .isEqualTo((long) people);
    }

    @Test
    void aRecycledNumberTakesItsMessagesAndStatementsToItsNewHolder() {
        Person old = person("w1", "u1", 1);
        apply(message("m1", old, 1), prefers("p1", person("w1", null, 2), "stop", 2), signsUp("s1", old, "spring", 2));
        apply(message("m2", person("w1", null, 5), 5));
        assertThat(conversations()).containsExactly("u1 w1: m1 m2 unread 2");

        apply(message("m3", person("w1", "u2", 9), 9));

        assertThat(conversations()).containsExactly("u1: m1 unread 1", "u2 w1: m2 m3 unread 2");
        assertThat(preferences()).containsExactly("u2 w1: stop");
        assertThat(row("select subscribed_via_signup from contact c join contact_identity i on i.contact_id = c.id"
                        + " where i.value = 'u1'"))
                .isEqualTo(true);
        assertThat(row("select subscriber_count from signup")).isEqualTo(1);
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void aLateMentionOfTheFormerHolderChangesNothing() {
        apply(message("m1", person("w1", "u1", 1), 1));
        apply(message("m2", person("w1", "u2", 9), 9));
        List<String> before = contacts();
        long notices = notices();

        apply(message("m3", person("w1", "u1", 5), 5));
        apply(message("m4", person("w1", "u1", -1), -1));

        assertThat(contacts()).isEqualTo(before);
        assertThat(notices()).isEqualTo(notices);
        assertThat(conversations()).containsExactly("u1: m1 m3 m4 unread 3", "u2 w1: m2 unread 1");
    }

    @Test
    void changesOfNumberAndUserIdEndTheSameInEveryOrder() {
        List<Fact> facts = List.of(
                message("m1", person("w1", "u1", 1), 1),
                changed("c1", person("w1", "u1", 3), person("w2", "u2", 3), 3),
                message("m2", person("w2", "u2", 4), 4),
                updated("c2", person(null, "u2", 6), person(null, "u3", 6), 6),
                message("m3", person(null, "u3", 7), 7),
                message("m4", person("w1", "u9", 8), 8));
        for (int seed = 0; seed < 12; seed++) {
            empty();
            List<Fact> order = new ArrayList<>(facts);
            Collections.shuffle(order, new Random(seed));
            if (seed % 2 == 0) {
                order.forEach(PeopleTest::apply);
            } else {
                apply(order.subList(0, 3).toArray(Fact[]::new));
                apply(order.subList(3, 6).toArray(Fact[]::new));
            }
            assertThat(contacts()).as("seed %d", seed).containsExactly("u1 u2 u3 w2: ", "u9 w1: ");
            assertThat(row("select string_agg(unread_count::text, ' ' order by unread_count) from conversation"))
                    .as("seed %d", seed)
                    .isEqualTo("1 3");
        }
    }

    @Test
    void aNumberIsWeighedAnewWhenItsHolderOutlivesAStep() {
        List<Fact> facts = List.of(
                message("m1", person("w1", "u1", 1), 1),
                changed("c1", person("w1", null, 5), person("w2", null, 5), 5),
                message("m2", person("w1", "u1", 9), 9));
        for (int first = 0; first < 3; first++) {
            empty();
            apply(facts.get(first));
            apply(facts.get((first + 1) % 3));
            apply(facts.get((first + 2) % 3));
            assertThat(contacts()).as("from %d", first).containsExactly("u1 w1: ", "w2: ");
        }
    }

    @Test
    void theLatestNameStandsWhicheverIdItCameWith() {
        apply(message("m1", person("w1", "u1", null, "First", 1), 1));
        apply(message("m2", person(null, "u1", null, "Third", 9), 9));
        apply(message("m3", person("w1", "u1", null, "Second", 5), 5));
        apply(message("m4", person("w1", null, null, "Alpha", 9), 9));

        assertThat(contacts()).containsExactly("u1 w1: Third");
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void aSavedNameIsTakenBack() {
        apply(message("m1", person("w1", null, null, "Profile", 1), 1));
        apply(saved("n1", person("w1", null, 2), "Saved", 2));
        assertThat(row("select name || ' ' || saved_name from contact")).isEqualTo("Profile Saved");

        apply(saved("n2", person("w1", null, 8), null, 8));
        apply(saved("n3", person("w1", null, 5), "Late", 5));

        assertThat(row("select saved_name is null from contact")).isEqualTo(true);
        assertThat(row("select name from contact")).isEqualTo("Profile");
        assertThat(events("contact.updated")).isEqualTo(2);
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void whatRepeatsIsNoNotice() {
        apply(message("m1", person("w1", "u1", null, "Ada", 1), 1));
        apply(message("m2", person("w1", "u1", null, "Ada", 2), 2), message("m3", person("w1", null, 3), 3));

        assertThat(notices()).isEqualTo(1);
        assertThat(row("select version from contact")).isEqualTo(0L);
    }

    @Test
    void namingSomebodyAgainTouchesNoIndex() {
        apply(message("m1", person("w1", "u1", null, "Ada", 1), 1));
        // pg_stat is behind; within one transaction it is not
        db.transaction(tx -> {
            List<Long> before = updatesOfMentions(tx.dsl());
            for (int i = 2; i < 5; i++) {
                ContactMentions.state(tx.dsl(), List.of(Mention.of(1, person("w1", "u1", null, "Ada", i))));
            }
            assertThat(updatesOfMentions(tx.dsl())).containsExactly(before.getFirst() + 3, before.getLast() + 3);
        });
    }

    /// All, and those that touched no index, as far as this session has not told the server yet.
    private static List<Long> updatesOfMentions(DSLContext tx) {
        var counts = tx.fetchSingle(
                "select n_tup_upd, n_tup_hot_upd from pg_stat_xact_user_tables" + " where relname = 'contact_mention'");
        return List.of(counts.get(0, Long.class), counts.get(1, Long.class));
    }

    @Test
    void howFarAConversationWasReadSurvivesAMergeAndLosesNothingUnread() {
        apply(message("m1", person("w1", null, 1), 1));
        apply(message("m2", person(null, "u1", 2), 2));
        db.execute("update conversation set read_up_to = now(), unread_count = 0 where contact_id ="
                + " (select contact_id from contact_identity where value = 'w1')");
        apply(message("m3", person("w1", "u1", 3), 3));

        assertThat(conversations()).containsExactly("u1 w1: m1 m2 m3 unread 2");
    }

    @Test
    void aMergedContactsEarlierIdsLeadToTheOneThatRemains() {
        apply(message("m1", person("w1", null, 1), 1));
        apply(message("m2", person(null, "u1", 2), 2));
        apply(message("m3", person(null, null, "p1", null, 3), 3));
        apply(message("m4", person(null, "u1", "p1", null, 4), 4));
        apply(message("m5", person("w1", "u1", 5), 5));

        assertThat(contacts()).containsExactly("p1 u1 w1: ");
        assertThat(row("select count(*) from contact_merged m join contact c on c.id = m.into_id"))
                .isEqualTo(2L);
        assertThat(row("select count(*) from conversation")).isEqualTo(1L);
    }

    @Test
    void everyTableThatRefersToAContactIsMoved() {
        Map<String, String> fixtures = new TreeMap<>(Map.of(
                "contact_identity", "select 1",
                "contact_merged", "insert into contact_merged (from_id, into_id) values (gen_random_uuid(), {0})",
                "conversation", "select 1",
                "contact_preference", "select 1",
                "contact_label",
                        "with l as (insert into label (name) values ('vip') returning id)"
                                + " insert into contact_label (contact_id, label_id, by_hand) select {0}, id, true from l",
                "signup_subscription", "select 1"));
        List<String> referring = db.fetch("select conrelid::regclass::text from pg_constraint"
                        + " where contype = 'f' and confrelid = 'contact'::regclass order by 1")
                .getValues(0, String.class);
        assertThat(fixtures.keySet()).containsExactlyElementsOf(referring);

        apply(message("m1", person("w1", null, 1), 1));
        Person later = person(null, "u1", 2);
        apply(message("m2", later, 2), prefers("p1", later, "stop", 2), signsUp("s1", later, "spring", 2));
        Object from = row("select contact_id from contact_identity where value = 'u1'");
        fixtures.values().forEach(sql -> db.execute(sql, from));
        Map<String, Integer> before = counts(referring, from);
        assertThat(before.values()).allMatch(count -> count == 1);

        apply(message("m3", person("w1", "u1", 3), 3));

        Object into = row("select id from contact");
        assertThat(into).isNotEqualTo(from);
        assertThat(counts(referring, from).values()).allMatch(count -> count == 0);
        assertThat(counts(referring, into).values()).allMatch(count -> count >= 1);
        assertThat(row("select by_hand from contact_label")).isEqualTo(true);
        assertThat(row("select count(*) from contact_merged")).isEqualTo(2L);
    }

    @Test
    void twentyFourSignUpsOfTwoPeopleAreTwoSubscribers() throws Exception {
        db.execute("with l as (insert into label (name) values ('spring') returning id)"
                + " insert into signup (business_id, signup_id, auto_add_label_id) select 1, 'spring', id from l");
        List<Fact> facts = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            Person who =
                    i % 2 == 0 ? person("w1", null, i) : i % 3 == 0 ? person("w2", "u2", i) : person(null, "u2", i);
            facts.add(signsUp("s" + i, who, "spring", 30 - i));
        }
        concurrently(4, facts, 3);

        assertThat(row("select subscriber_count from signup")).isEqualTo(2);
        assertThat(row("select count(*) from signup_subscription")).isEqualTo(2L);
        assertThat(row("select count(*) from contact_label")).isEqualTo(2L);
        assertThat(row("select string_agg((extract(epoch from subscribed_at)::bigint - " + PeopleFacts.NOON
                        + ")::text, ' ' order by subscribed_at) from contact where subscribed_via_signup"))
                .isEqualTo("7 8");
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void anUnknownSignUpIsAdded() {
        apply(signsUp("s1", person("w1", null, 1), "new", 1));

        assertThat(row("select signup_id || discovered || subscriber_count from signup"))
                .isEqualTo("newtrue1");
    }

    @Test
    void twoBusinessesEachHaveASignUpOfOneKey() {
        db.execute("insert into business (id, name) values (2, 'Two') on conflict do nothing");
        db.execute("insert into account (business_id, phone_number_id) values (2, '2002')");
        db.execute("with l as (insert into label (business_id, name) values (2, 'spring') returning id)"
                + " insert into signup (business_id, signup_id, auto_add_label_id) select 2, 'spring', id from l");

        apply(
                signsUp("s1", person("w1", null, 1), "spring", 1),
                signsUp("2002", "s2", person("w1", null, 2), "spring", 2),
                signsUp("2002", "s3", person("w2", null, 3), "spring", 3));

        assertThat(lines("select business_id || ' ' || subscriber_count || ' ' || discovered from signup order by 1"))
                .containsExactly("1 1 true", "2 2 false");
        assertThat(lines("select business_id || ' ' || count(*) from contact c join contact_label on contact_id = c.id"
                        + " group by business_id"))
                .containsExactly("2 2");
        apply(signsUp("2002", "s4", person(null, "u1", 4), "spring", 4));
        apply(message("2002", "m1", person("w1", "u1", 5), 5)); // who was two of business 2 is one
        assertThat(lines("select business_id || ' ' || subscriber_count from signup order by 1"))
                .containsExactly("1 1", "2 2");
    }

    @Test
    void twoSubscribersThatProveToBeOneAreOne() {
        apply(signsUp("s1", person("w1", null, 1), "spring", 5), signsUp("s2", person(null, "u1", 2), "spring", 3));
        assertThat(row("select subscriber_count from signup")).isEqualTo(2);

        apply(message("m1", person("w1", "u1", 9), 9));
        assertThat(row("select subscriber_count || ' ' || (select extract(epoch from subscribed_at)::bigint - "
                        + PeopleFacts.NOON + " from contact) from signup"))
                .isEqualTo("1 3");

        apply(message("m2", person("w1", "u2", 12), 12));
        assertThat(row("select subscriber_count from signup")).isEqualTo(2);
        assertThat(lastNoticesTellTheState()).isTrue();
    }

    @Test
    void aLabelGoesWithItsNumberWhileTheRestOfItsContactProvesToBeAnother() {
        db.execute("with l as (insert into label (name) values ('spring') returning id)"
                + " insert into signup (business_id, signup_id, auto_add_label_id) select 1, 'spring', id from l");
        apply(message("m1", person(null, "u2", 1), 1));
        apply(signsUp("s1", person("w1", null, 2), "spring", 2), message("m2", person("w1", "u1", 3), 3));

        apply(updated("i1", person(null, "u1", 4), person(null, "u2", 4), 4), message("m3", person("w1", "u3", 9), 9));

        assertThat(contacts()).containsExactly("u1 u2: ", "u3 w1: ");
        assertThat(lines("select " + IDS + " from contact_label l join contact c on c.id = l.contact_id"))
                .containsExactly("u3 w1");
    }

    @Test
    void theLatestPreferenceStandsOfWhicheverId() {
        apply(prefers("p1", person("w1", null, 1), "stop", 5), prefers("p2", person(null, "u1", 1), "resume", 7));
        apply(message("m1", person("w1", "u1", 9), 9));
        apply(prefers("p3", person(null, "u1", 1), "stop", 6));

        assertThat(preferences()).containsExactly("u1 w1: resume");
    }

    @Test
    void contactsThatProveToBeOneWhileFourWorkersWriteToBoth() throws Exception {
        List<Fact> facts = new ArrayList<>();
        int people = 6;
        for (int i = 0; i < 120; i++) {
            int who = i % people;
            Person person = switch (i / people % 4) {
                case 0 -> person("w" + who, null, i);
                case 1 -> person(null, "u" + who, null, "Name " + i / 30, i);
                case 2 -> person("w" + who, "u" + who, i);
                default -> person(null, "u" + who, "p" + who, null, i);
            };
            facts.add(message("m" + i, person, i));
        }
        concurrently(4, facts, 5);

        assertThat(contacts()).hasSize(people).allMatch(contact -> contact.matches("p(.) u\\1 w\\1: Name 3"));
        assertThat(row("select sum(unread_count) from conversation").toString()).isEqualTo("120");
        assertThat(row("select count(*) from conversation")).isEqualTo((long) people);
        assertInvariants("");
    }

    /// Whatever is said of a few ids, in any order, any batches and by any number of workers: the contacts
    /// are those that follow from the set, and everything else is with them.
    @Test
    void theStateIsAFunctionOfTheSet() throws Exception {
        for (int seed = 0; seed < 30; seed++) {
            List<Fact> facts = history(new Random(seed));
            String expected = null;
            for (int run = 0; run < 2; run++) {
                empty();
                Random random = new Random(seed * 31L + run);
                List<Fact> order = new ArrayList<>(facts);
                for (int twice = random.nextInt(4); twice > 0; twice--) {
                    order.add(facts.get(random.nextInt(facts.size())));
                }
                Collections.shuffle(order, random);
                concurrently(run == 0 ? 1 : 3, order, random.nextInt(1, 6));
                String context = "seed " + seed + " run " + run;
                assertThat(contacts().stream().map(c -> c.replaceAll(":.*", "")).toList())
                        .as(context)
                        .isEqualTo(groups(facts));
                assertInvariants(context);
                String state = String.join("\n", contacts())
                        + String.join("\n", conversations())
                        + String.join("\n", preferences())
                        + subscriptions();
                expected = expected == null ? state : expected;
                assertThat(state).as(context).isEqualTo(expected);
            }
        }
    }

    private static List<Fact> history(Random random) {
        List<Fact> facts = new ArrayList<>();
        int size = random.nextInt(3, 14);
        for (int i = 0; i < size; i++) {
            int at = random.nextInt(-1, 8);
            Person who = anybody(random, at);
            facts.add(
                    switch (random.nextInt(10)) {
                        case 0 -> changed("c" + i, who, anybody(random, at), at);
                        case 1 -> updated("c" + i, who, anybody(random, at), at);
                        case 2 -> prefers("p" + i, who, random.nextBoolean() ? "stop" : "resume", at);
                        case 3 -> signsUp("s" + i, who, "signup" + random.nextInt(2), at);
                        case 4 -> saved("n" + i, who, random.nextInt(3) == 0 ? null : "Saved " + random.nextInt(3), at);
                        default -> message(random.nextBoolean() ? ACCOUNT : "2" + ACCOUNT, "m" + i, who, at);
                    });
        }
        return facts;
    }

    private static Person anybody(Random random, int at) {
        String wa = random.nextInt(3) == 0 ? null : "w" + random.nextInt(3);
        String user = random.nextInt(5) < 2 ? null : "u" + random.nextInt(4);
        String parent = random.nextInt(5) != 0 && (wa != null || user != null) ? null : "p" + random.nextInt(2);
        String name = random.nextInt(3) == 0 ? "Name " + random.nextInt(3) : null;
        return person(wa, user, parent, name, at);
    }

    /// As they follow from the whole set.
    private static List<String> groups(List<Fact> facts) {
        BatchPeople people = BatchPeople.of(
                facts.stream()
                        .map(fact -> new ApplyItem<>(fact, payload(List.of())))
                        .toList(),
                item -> 1);
        return PersonGroups.of(
                        Set.of(),
                        people.mentions().stream().map(BatchPeople.Said::what).toList(),
                        people.steps().stream().map(BatchPeople.Said::what).toList())
                .stream()
                .map(group -> String.join(
                        " ", group.stream().map(Identity::value).sorted().toList()))
                .sorted()
                .toList();
    }

    private static void assertInvariants(String context) {
        assertThat(row("select count(*) from message m join account a on a.id = m.account_id"
                        + " join contact_identity i on i.kind = m.peer_kind and i.value = m.peer_value"
                        + " left join conversation c on c.id = m.conversation_id and c.account_id = a.id"
                        + " where c.contact_id is distinct from i.contact_id"))
                .as(context)
                .isEqualTo(0L);
        assertThat(row("select count(*) from conversation c where unread_count <> (select count(*) from message m"
                        + " where m.conversation_id = c.id and m.kind = 'content')"
                        + " or not exists (select from message m where m.conversation_id = c.id)"))
                .as(context)
                .isEqualTo(0L);
        assertThat(events("contact.created") - events("contact.merged"))
                .as(context)
                .isEqualTo(db.fetchCount(db.selectFrom("contact")));
        assertThat(row("select count(*) from contact c where not exists"
                        + " (select from contact_identity i where i.contact_id = c.id)"))
                .as(context)
                .isEqualTo(0L);
        assertThat(row("select count(*) from signup s where subscriber_count <>"
                        + " (select count(*) from signup_subscription u where u.signup_id = s.signup_id)"))
                .as(context)
                .isEqualTo(0L);
        assertThat(row("select count(*) from payload_failure")).as(context).isEqualTo(0L);
        assertThat(lastNoticesTellTheState()).as(context).isTrue();
    }

    /// The last of each contact's notices, by its version.
    private static boolean lastNoticesTellTheState() {
        return row("select count(*) from contact c"
                        + " left join lateral (select e.body::json -> 'data' as data from hook_event e"
                        + "   where e.type in ('contact.created', 'contact.updated')"
                        + "   and e.body::json -> 'data' ->> 'contact_id' = c.id::text"
                        + "   order by (e.body::json -> 'data' ->> 'version')::bigint desc limit 1) n on true"
                        + " where (c.version, c.name, c.username, c.saved_name, c.subscribed_via_signup, c.subscribed_at)"
                        + " is distinct from ((n.data ->> 'version')::bigint, n.data ->> 'profile_name',"
                        + "   n.data ->> 'username', n.data ->> 'saved_name', (n.data ->> 'subscribed_via_signup')::boolean,"
                        + "   (n.data ->> 'subscribed_at')::timestamptz)"
                        + " or (select count(*) from contact_identity i where i.contact_id = c.id) <>"
                        + "   coalesce(json_array_length(n.data -> 'wa_ids'), 0)"
                        + "   + coalesce(json_array_length(n.data -> 'user_ids'), 0)"
                        + "   + coalesce(json_array_length(n.data -> 'parent_user_ids'), 0)")
                .equals(0L);
    }

    private static void concurrently(int workers, List<Fact> facts, int each) throws Exception {
        List<List<Fact>> batches = new ArrayList<>();
        for (int i = 0; i < facts.size(); i += each) {
            batches.add(facts.subList(i, Math.min(facts.size(), i + each)));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> done = new ArrayList<>();
            for (int w = 0; w < workers; w++) {
                int mine = w;
                done.add(threads.submit(() -> {
                    go.await();
                    for (int i = mine; i < batches.size(); i += workers) {
                        apply(batches.get(i).toArray(Fact[]::new));
                    }
                    return null;
                }));
            }
            go.countDown();
            for (Future<?> one : done) {
                one.get();
            }
        }
    }

    private static void apply(Fact... facts) {
        List<EventApplier.Result> results = TestApplier.apply(applier, List.of(payload(Arrays.asList(facts))));
        assertThat(results).allMatch(result -> result.failed() == 0);
    }

    private static final String IDS =
            "(select string_agg(i.value, ' ' order by i.value) from contact_identity i where i.contact_id = c.id)";

    private static List<String> contacts() {
        return lines("select " + IDS + " || ': ' || coalesce(name, '') || coalesce(' / ' || saved_name, '')"
                + " from contact c order by 1");
    }

    private static List<String> conversations() {
        return lines("select " + IDS + " || ': ' || (select string_agg(m.wamid, ' ' order by m.wamid) from message m"
                + " where m.conversation_id = v.id) || ' unread ' || v.unread_count"
                + " from conversation v join contact c on c.id = v.contact_id order by 1");
    }

    private static List<String> preferences() {
        return lines("select " + IDS + " || ': ' || p.value from contact_preference p"
                + " join contact c on c.id = p.contact_id order by 1");
    }

    private static List<String> subscriptions() {
        return lines("select " + IDS + " || ' ' || s.signup_id || coalesce(' ' || s.subscribed_at, '')"
                + " || coalesce(' ' || c.subscribed_at, '') from signup_subscription s"
                + " join contact c on c.id = s.contact_id order by 1");
    }

    private static Map<String, Integer> counts(List<String> tables, Object contact) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String table : tables) {
            String column = table.equals("contact_merged") ? "into_id" : "contact_id";
            counts.put(
                    table,
                    db.fetchValue("select count(*)::int from " + table + " where " + column + " = {0}", contact)
                            .hashCode());
        }
        return counts;
    }

    private static List<String> lines(String sql) {
        return db.fetch(sql).getValues(0, String.class);
    }

    private static int events(String type) {
        return db.fetchCount(db.selectFrom("hook_event").where("type = ?", type));
    }

    private static long notices() {
        return (long) row("select count(*) from hook_event where type like 'contact.%'");
    }

    private static Object row(String sql) {
        return db.fetchValue(sql);
    }
}
