package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.PeopleFacts.ACCOUNT;
import static dev.twotick.worker.apply.PeopleFacts.message;
import static dev.twotick.worker.apply.PeopleFacts.payload;
import static dev.twotick.worker.apply.PeopleFacts.person;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;

/// People whom the first version of the schema knew.
@WithStores
class PeopleUpgradeTest {

    @Test
    void contactsOfTheFirstVersionAreMergedAndPartedLikeAnyOther(Stores stores) {
        try (HikariDataSource pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 4, Duration.ZERO)) {
            Flyway.configure()
                    .dataSource(pool)
                    .locations("classpath:db/migration")
                    .target("1")
                    .load()
                    .migrate();
            DSLContext db = Database.jooq(pool);
            db.execute("insert into account (phone_number_id) values (?)", ACCOUNT);
            contact(db, "Ada by number", "w1");
            contact(db, "Ada by user id", "u1");
            contact(db, "Ben", "w2", "u2");
            written(db, "m1", "w1", null);
            written(db, "m2", null, "u1");
            written(db, "m3", "w2", "u2");
            written(db, "m4", "w2", null);
            db.execute(
                    "insert into message (key, account_id, wamid, live_at, type, status, status_rank, failed_at, error_code)"
                            + " select gen_random_uuid(), a.id, v.* from account a, (values"
                            + " ('m7', now(), 'unsupported', 'pending', 0, null, 131051),"
                            + " ('m8', null, null, 'delivered', 3, now(), 131026),"
                            + " ('m9', null, null, 'failed', 2, now(), 131026)) v");
            Migrations.migrate(pool);
            assertThat(db.fetch("select concat_ws(' ', wamid, content_rank, told, 'error', error_code, 'of content',"
                                    + " content_error, 'of status', status_error, failed_at is not null)"
                                    + " from message where wamid > 'm6' order by 1")
                            .getValues(0, String.class))
                    .containsExactly(
                            "m7 -1 1048576 error 131051 of content 131051 of status f",
                            "m8 0 error of content of status 131026 f",
                            "m9 0 error 131026 of content of status 131026 t");

            EventApplier applier = TestApplier.of(db, () -> 0);
            List<Fact> facts = List.of(
                    message("m5", person("w1", "u1", 1), 1), // two contacts are one
                    message("m6", person("w2", "u9", 1), 1)); // a number has passed on
            TestApplier.apply(applier, List.of(payload(facts)));

            assertThat(db.fetch("select (select string_agg(value, ' ' order by value) from contact_identity i"
                                    + " where i.contact_id = c.contact_id)"
                                    + " || ': ' || (select string_agg(wamid, ' ' order by wamid) from message m"
                                    + " where m.conversation_id = c.id) || ' unread ' || unread_count"
                                    + " from conversation c order by 1")
                            .getValues(0, String.class))
                    .containsExactly("u1 w1: m1 m2 m5 unread 3", "u2: m3 unread 1", "u9 w2: m4 m6 unread 2");
            assertThat(db.fetchValue("select name from contact c join contact_identity i on i.contact_id = c.id"
                            + " where i.value = 'u2'"))
                    .isEqualTo("Ben");
            assertThat(db.fetchValue("select name is null from contact c join contact_identity i on i.contact_id = c.id"
                            + " where i.value = 'u9'"))
                    .isEqualTo(true);
            assertThat(db.fetchValue("select count(*) from hook_event where type = 'contact.merged'"))
                    .isEqualTo(1L);
        }
    }

    /// As the first version left it.
    private static void contact(DSLContext db, String name, String... values) {
        UUID id = UUID.randomUUID();
        db.execute("insert into contact (id, business_id, name, name_at) values (?, 1, ?, now())", id, name);
        for (String value : values) {
            db.execute(
                    "insert into contact_identity (business_id, kind, value, contact_id) values (1, ?, ?, ?)",
                    value.startsWith("w") ? "wa_id" : "user_id",
                    value,
                    id);
        }
        db.execute(
                "insert into conversation (account_id, contact_id) select id, ? from account where phone_number_id = ?",
                id,
                ACCOUNT);
    }

    private static void written(DSLContext db, String wamid, String number, String user) {
        db.execute(
                "insert into message (key, account_id, wamid, live_at, direction, type, from_wa_id, from_user_id,"
                        + " conversation_id, occurred_at)"
                        + " select gen_random_uuid(), a.id, ?, now(), 'inbound', 'text', ?, ?, v.id, now()"
                        + " from account a join conversation v on v.account_id = a.id"
                        + " join contact_identity i on i.contact_id = v.contact_id and i.value = ?",
                wamid,
                number,
                user,
                user == null ? number : user);
    }
}
