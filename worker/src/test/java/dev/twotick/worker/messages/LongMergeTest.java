package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.PeopleFacts.message;
import static dev.twotick.worker.apply.PeopleFacts.person;
import static dev.twotick.worker.apply.TestFacts.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.PeopleFacts;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.outbox.SecretBox;
import dev.twotick.worker.privacy.DataExport;
import dev.twotick.worker.privacy.DataSubject;
import dev.twotick.worker.privacy.Erasure;
import dev.twotick.worker.privacy.ErasureKey;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// People with many messages prove to be one, or two: the messages move a page at a time, and all the while whatever is
/// asked or told is right.
@WithStores
@Tag("long")
class LongMergeTest extends AppliedFacts {
    private static final int PAGE = MisplacedMessages.PAGE;
    private static final int MANY = 2 * PAGE + PAGE / 2;

    /// By one id each, and then by both.
    private static final Fact BY_NUMBER = message("n", person("w1", null, 100), 100);
    private static final Fact BY_USER = message("u", person(null, "u1", 200), 200);
    private static final Fact BY_BOTH = message("b", person("w1", "u1", 300), 300);

    private static Stores stores;
    private static HikariDataSource pool;
    private static DSLContext db;

    @BeforeAll
    static void openAnother(Stores given) {
        stores = given;
        pool = Database.pool(
                new DatabaseSettings(given.jdbcUrl(), given.user(), given.password()), "mover", 3, Duration.ZERO);
        db = Database.jooq(pool);
    }

    @AfterAll
    static void closeTheOther() {
        pool.close();
    }

    @BeforeEach
    void watch() {
        execute("create unlogged table written (tx xid8 default pg_current_xact_id())");
        execute("create function note_written() returns trigger language plpgsql as"
                + " 'begin insert into written default values; return null; end'");
        execute("create trigger written after update on message for each row execute function note_written()");
    }

    @AfterEach
    void watchNoMore() {
        execute("drop trigger if exists refused on message");
        execute("drop trigger written on message");
        execute("drop function note_written");
        execute("drop table written");
        execute("delete from tombstone");
    }

    @Test
    void noTransactionMovesMoreThanAPage() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");

        twotick.apply(BY_BOTH);
        assertThat(conversations()).hasSize(2);
        assertThat(twotick.row("select count(distinct contact_id) from conversation"))
                .isEqualTo(1L);
        assertThat(moveAll()).isEqualTo(2);

        assertThat((long) twotick.row("select max(n) from (select count(*) n from written group by tx) t"))
                .isEqualTo(PAGE);
        assertThat(conversations()).isEqualTo(ofThoseWhoWereKnownAtOnce());
    }

    @Test
    void aPageIsAllThatIsRead() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany(30 * PAGE, "n", "u");
        db.execute("vacuum analyze message");
        twotick.apply(BY_BOTH);

        long before = rowsRead();
        new MisplacedMessages(db).moveNext(waiting().getFirst());
        assertThat(rowsRead() - before).isLessThan(20 * PAGE);
    }

    /// By an index: a table as small as this one is read whole rather than five hundred times by its key. The
    /// connection that moved them is the one that asks.
    private static long rowsRead() {
        db.execute("select pg_stat_force_next_flush()");
        return (long) db.fetchValue("select sum(idx_tup_fetch)::bigint"
                + " + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relname = 'message')"
                + " from pg_stat_user_tables where relname = 'message'");
    }

    /// The latest come first: what the conversation shows is right when the people are.
    @Test
    void theLastMessageAndTheWindowComeWithTheFirstPage() {
        twotick.apply(BY_NUMBER);
        twotick.apply(message("u", person(null, "u1", 900), 900));
        makeMany("n", "u");

        twotick.apply(BY_BOTH);

        String last = "extract(epoch from last_message_at)::bigint - " + PeopleFacts.NOON;
        assertThat(twotick.row("select " + last + " from conversation where not leaving"))
                .isEqualTo(900L);
        assertThat(twotick.row("select window_expires_at - last_message_at = interval '1 day' from conversation"
                        + " where not leaving"))
                .isEqualTo(true);
    }

    @Test
    void batchesAreAppliedWhileAPageWaits() throws Exception {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");
        twotick.apply(BY_BOTH);

        try (Connection other = stores.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select 1 from message m join conversation c on c.id = m.conversation_id"
                    + " where c.leaving for update of m");
            CompletableFuture<Boolean> page = CompletableFuture.supplyAsync(
                    () -> new MisplacedMessages(db).moveNext(waiting().getFirst()));
            await().until(() -> (long) twotick.row("select count(*) from pg_stat_activity"
                            + " where datname = current_database() and wait_event_type = 'Lock'")
                    > 0);
            twotick.apply(message("x", person("w9", null, 1), 1), message("y", person("w1", null, 400), 400));
            assertThat(page).isNotDone();
            other.rollback();
            page.get();
        }
        moveAll();

        assertThat(twotick.column("select count(*) || ' of ' || unread_count from message m"
                        + " join conversation c on c.id = m.conversation_id group by c.id order by 1"))
                .containsExactly("1 of 1", (2 * MANY + 4) + " of " + (2 * MANY + 4));
    }

    /// Whoever waits for a row of the page finds others before it, and passes nothing over for them.
    @Test
    void whatComesWhileAPageWaitsPushesNothingOutOfIt() throws Exception {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");
        twotick.apply(BY_BOTH);

        try (Connection other = stores.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select 1 from message m join conversation c on c.id = m.conversation_id"
                    + " where c.leaving for update of m");
            statement.execute("insert into message (key, account_id, wamid, occurred_at, conversation_id, peer_kind,"
                    + " peer_value) select gen_random_uuid(), m.account_id, 'come.' || m.id, m.occurred_at,"
                    + " m.conversation_id, m.peer_kind, m.peer_value from message m join conversation c"
                    + " on c.id = m.conversation_id where c.leaving");
            CompletableFuture<Boolean> page = CompletableFuture.supplyAsync(
                    () -> new MisplacedMessages(db).moveNext(waiting().getFirst()));
            await().until(() -> (long) twotick.row("select count(*) from pg_stat_activity"
                            + " where datname = current_database() and wait_event_type = 'Lock'")
                    > 0);
            other.commit();
            page.get();
        }

        assertThat((long) twotick.row("select count(*) from message m join conversation c on c.id = m.conversation_id"
                        + " where c.leaving and m.wamid not like 'come.%' and (m.occurred_at, m.id) >="
                        + " (c.misplaced_before, c.misplaced_before_id)"))
                .as("what the note has passed")
                .isZero();
    }

    @Test
    void whatBrokeOffIsFinishedByWhoeverComesNext() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");
        twotick.apply(BY_BOTH);
        execute("create or replace function refuse() returns trigger language plpgsql as"
                + " 'begin raise exception ''no''; end'");
        execute("create trigger refused before update on message for each row when (new.wamid = 'u." + 2 * PAGE
                + "') execute function refuse()");
        List<String> before = conversations();

        assertThatThrownBy(LongMergeTest::moveAll).isInstanceOf(DataAccessException.class);
        assertThat(conversations()).as("a page moves whole or not at all").isEqualTo(before);
        execute("drop trigger refused on message");
        new MisplacedMessages(db).moveNext(waiting().getFirst());
        twotick.apply(BY_BOTH);
        twotick.apply(message("late", person("w1", "u1", 50), 50));
        moveAll();

        assertThat(conversations()).isEqualTo(ofThoseWhoWereKnownAtOnce(message("late", person("w1", "u1", 50), 50)));
    }

    @Test
    void whatIsToldMeanwhileIsRight() {
        Fact old = message("old", person(null, "u1", 1), 1);
        Fact stronger = message("u", person("w1", "u1", 250), 250);
        List<Fact> meanwhile = List.of(
                status("old", "read", 400),
                message("new", person(null, "u1", 500), 500),
                message("out", person("w1", null, 600), 600),
                stronger);
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER, old);
        makeMany("n", "u");
        twotick.apply(BY_BOTH);

        for (Fact fact : meanwhile) {
            twotick.apply(fact);
            waiting().forEach(new MisplacedMessages(db)::moveNext);
        }

        assertThat(twotick.row("select status from message where wamid = 'old'"))
                .isEqualTo("read");
        assertThat(twotick.row("select distinct c.leaving from conversation c"
                        + " join message m on m.conversation_id = c.id where m.wamid in ('new', 'out')"))
                .isEqualTo(false);
        moveAll();
        List<String> told = conversations();
        empty();
        twotick.apply(BY_BOTH, BY_NUMBER, BY_USER, old);
        makeMany("n", "u");
        meanwhile.forEach(twotick::apply);
        assertThat(told).isEqualTo(conversations());
    }

    /// By pieces too.
    @Test
    void aReadMarkGoesBackBeforeWhatIsUnread() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n");
        execute("update message set live_at = (select min(live_at) from message) - interval '1 hour'"
                + " where wamid = 'u'");
        execute("update conversation set read_up_to = now(), unread_count = 0 where id ="
                + " (select conversation_id from message where wamid = 'n')");

        twotick.apply(BY_BOTH);
        assertThat(twotick.row("select read_up_to > (select min(live_at) from message where wamid like 'n%')"
                        + " and unread_count > 0 from conversation where not leaving"))
                .isEqualTo(true);
        assertThat(twotick.row("select leaving from conversation c join message m on m.conversation_id = c.id"
                        + " where m.wamid = 'u'"))
                .as("it waits for the mark")
                .isEqualTo(true);
        moveAll();

        assertThat(
                        twotick.row(
                                "select unread_count || ' ' ||"
                                        + " (read_up_to = (select live_at from message where wamid = 'u') - interval '1 microsecond') from conversation"))
                .isEqualTo((MANY + 3) + " true");
    }

    @Test
    void aReadMarkGoesAsFarAsNothingIsUnread() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");
        execute("update conversation set read_up_to = now(), unread_count = 0 where id ="
                + " (select conversation_id from message where wamid = 'u')");
        execute("update message set live_at = live_at + interval '1 day' where wamid = 'n'");
        execute("update conversation set read_up_to = now() - interval '1 day', unread_count = 1 where id ="
                + " (select conversation_id from message where wamid = 'n')");
        execute("update message set live_at = live_at - interval '2 days' where wamid like 'n.%'");

        twotick.apply(BY_BOTH);
        moveAll();

        assertThat(twotick.row("select (read_up_to > now() - interval '1 hour') || ' ' || unread_count"
                        + " from conversation"))
                .isEqualTo("true 2");
    }

    @Test
    void aNumberThatPassesOnTakesItsMessagesAndNoOthers() {
        aNumberPassesOn();
        String ofTheOld = export("u1");
        String ofTheNew = export("u2");

        assertThat(waiting()).hasSize(1);
        assertThat(ofTheOld).contains("\"u.1\"").doesNotContain("\"n.1\"", "\"n." + MANY + '"');
        assertThat(ofTheNew).contains("\"n.1\"", "\"n." + MANY + '"').doesNotContain("\"u.1\"");
        moveAll();

        assertThat(twotick.column("select string_agg(distinct peer_value, ' ' order by peer_value) || ' '"
                        + " || count(*) || ' ' || unread_count from message m join conversation c"
                        + " on c.id = m.conversation_id group by c.id order by 1"))
                .containsExactly("u1 " + (MANY + 2) + ' ' + (MANY + 2), "u2 w1 " + (MANY + 2) + ' ' + (MANY + 2));
        assertThat((long) twotick.row("select max(n) from (select count(*) n from written group by tx) t"))
                .isLessThanOrEqualTo(PAGE);
    }

    @ParameterizedTest
    @CsvSource({"u1, n, x", "u2, b, u"})
    void whoIsForgottenMeanwhileIsForgottenWholeAndNobodyElseIs(String who, String left, String too) {
        aNumberPassesOn();

        assertThat(forget(who)).isEqualTo(MANY + 2);

        moveAll();
        assertThat(twotick.column("select distinct left(wamid, 1) from message order by 1"))
                .containsExactly(left, too);
        assertThat(twotick.column("select count(*) || ' ' || unread_count from message m"
                        + " join conversation c on c.id = m.conversation_id group by c.id"))
                .containsExactly((MANY + 2) + " " + (MANY + 2));
    }

    @Test
    void whoProvedToBeOneIsForgottenWithWhatHasNotMoved() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        makeMany("n", "u");
        twotick.apply(BY_BOTH);
        assertThat(export("w1")).contains("\"n." + MANY + '"', "\"u." + MANY + '"');

        assertThat(forget("w1")).isEqualTo(2 * MANY + 3);

        assertThat(twotick.row("select (select count(*) from message) + (select count(*) from conversation)"
                        + " + (select count(*) from contact)"))
                .isEqualTo(0L);
    }

    /// More turn out to be one before the first have moved.
    @Test
    void peopleWhoProveToBeOneAgainAndAgain() {
        twotick.apply(BY_NUMBER);
        twotick.apply(BY_USER);
        twotick.apply(message("v", person(null, null, "p1", null, 250), 250));
        makeMany("n", "u", "v");
        Fact parent = message("c", person(null, "u1", "p1", null, 310), 310);

        twotick.apply(parent);
        twotick.apply(BY_BOTH);
        moveAll();

        List<String> again = conversations();
        empty();
        twotick.apply(parent, BY_BOTH, BY_NUMBER, BY_USER, message("v", person(null, null, "p1", null, 250), 250));
        makeMany("n", "u", "v");
        assertThat(again).isEqualTo(conversations());
    }

    /// Of one person with both ids, many messages by each; then the number is somebody else's.
    private static void aNumberPassesOn() {
        twotick.apply(message("b", person("w1", "u1", 10), 10));
        twotick.apply(message("u", person(null, "u1", 20), 20), message("n", person("w1", null, 30), 30));
        makeMany("n", "u");
        twotick.apply(message("x", person("w1", "u2", 900), 900));
    }

    private static List<String> ofThoseWhoWereKnownAtOnce(Fact... more) {
        twotick.empty();
        twotick.apply(BY_BOTH, BY_NUMBER, BY_USER);
        makeMany("n", "u");
        twotick.apply(more);
        return conversations();
    }

    /// Copies of these, each a second earlier than the other; every third has no time.
    private static void makeMany(String... wamids) {
        makeMany(MANY, wamids);
    }

    private static void makeMany(int copies, String... wamids) {
        for (String wamid : wamids) {
            twotick.execute(
                    "insert into message (key, account_id, wamid, live_at, direction, direction_rank, kind, type, told,"
                            + " content_rank, occurred_at, conversation_id, content_digest, peer_kind, peer_value)"
                            + " select gen_random_uuid(), account_id, wamid || '.' || i, live_at - i * interval '1 second',"
                            + " direction, 4, kind, 'text', told, 5,"
                            + " case when i % 3 > 0 then occurred_at - i * interval '1 second' end, conversation_id,"
                            + " content_digest, peer_kind, peer_value from message, generate_series(1, ?) i where wamid = ?",
                    copies, wamid);
        }
        twotick.execute("update conversation c set unread_count = (select count(*) from message m"
                + " where m.conversation_id = c.id)");
        twotick.execute("truncate written");
    }

    private static List<String> conversations() {
        return twotick.column("select row(unread_count, read_up_to, last_message_at, window_expires_at,"
                + " leaving, misplaced_before, (select string_agg(i.value, ' ' order by i.value) from contact_identity i"
                + " where i.contact_id = c.contact_id), (select count(*) from message m where m.conversation_id = c.id),"
                + " (select md5(string_agg(m.wamid, ' ' order by m.wamid)) from message m where m.conversation_id = c.id)"
                + ")::text from conversation c order by id");
    }

    private static List<Long> waiting() {
        return new MisplacedMessages(db).conversations();
    }

    /// Each page by another worker.
    ///
    /// @return how many pages
    private static int moveAll() {
        int pages = 0;
        for (List<Long> waiting = waiting(); !waiting.isEmpty(); waiting = waiting()) {
            for (long conversation : waiting) {
                new MisplacedMessages(db).moveNext(conversation);
                pages++;
            }
        }
        return pages;
    }

    private static DataSubject subject(String id) {
        return DataSubject.find(db, id, Optional.empty(), Optional.empty());
    }

    private static String export(String id) {
        StringWriter out = new StringWriter();
        new DataExport(db).write(subject(id), out);
        return out.toString();
    }

    private static int forget(String id) {
        String key = Base64.getEncoder().encodeToString(new byte[32]);
        return new Erasure(db, new ErasureKey(new SecretBox(key)))
                .run(subject(id), (step, done, total) -> {})
                .messages();
    }

    private static void execute(String sql) {
        twotick.execute(sql);
    }
}
