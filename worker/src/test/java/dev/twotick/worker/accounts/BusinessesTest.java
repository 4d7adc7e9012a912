package dev.twotick.worker.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.PeopleFacts;
import dev.twotick.worker.apply.TestApplier;
import java.time.Duration;
import java.util.List;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which account belongs to which business, and whose people are whose.
@WithStores
class BusinessesTest {
    private static final long NOON = PeopleFacts.NOON;
    private static final String ANN = "16505550001";
    private static TestApplier applier;
    private static HikariDataSource pool;
    private static DSLContext db;

    @BeforeAll
    static void open(Stores stores) {
        applier = new TestApplier(stores);
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 2, Duration.ZERO);
        db = Database.jooq(pool);
    }

    @AfterAll
    static void close() {
        applier.close();
        pool.close();
    }

    @BeforeEach
    void empty() {
        applier.empty();
        applier.execute("delete from business where id > 1");
    }

    @Test
    void twoAccountsThatShareACustomerDoNotTakeTheNumberFromEachOther() {
        for (int i = 0; i < 3; i++) {
            applier.apply(message("W1", "101", "US.1", "a" + i, 2 * i));
            applier.apply(message("W2", "202", "US.2", "b" + i, 2 * i + 1));
        }

        assertThat(applier.column("select value from contact_identity where kind = 'wa_id'"))
                .containsExactly(ANN, ANN);
        assertThat(talks()).containsExactly("101: a0 a1 a2", "202: b0 b1 b2");
        assertThat(applier.events()).doesNotContain("contact.updated", "contact.merged");
    }

    @Test
    void numbersOfOneWabaAreOneBusinesssAndSoAreThoseOfOnePortfolio() {
        applier.apply(owner("W1", "P"), owner("W2", "P"), owner("W3", "Q"));
        applier.apply(message("W1", "101", "US.1", "a0", 0), message("W1", "102", "US.1", "a1", 1));
        applier.apply(message("W2", "202", "US.1", "b0", 2), message("W3", "303", "US.3", "c0", 3));

        assertThat(applier.column("select string_agg(phone_number_id, ' ' order by phone_number_id) from account"
                        + " where phone_number_id not like 'waba:%' group by business_id order by business_id"))
                .containsExactly("101 102 202", "303");
        assertThat(applier.row("select count(*) from contact")).isEqualTo(2L);
    }

    @Test
    void aDashboardsTestTakesNoBusinessAndAnAccountKnownByNumberAloneFindsIts() {
        applier.execute("insert into account (phone_number_id, discovered) values ('202', true)");
        applier.apply(message("0", "123456123", "US.0", "t", 0));
        applier.apply(message("W1", "101", "US.1", "a", 1));
        applier.apply(message("W2", "202", "US.2", "b", 2));

        assertThat(applier.column("select phone_number_id from account where business_id = 1 order by 1"))
                .containsExactly("101", "123456123");
    }

    @Test
    void anAccountIsGivenToAnotherBusinessWithItsPeople() {
        applier.execute("insert into account (phone_number_id) values ('101'), ('202')");
        applier.apply(message("W1", "101", "US.1", "a0", 0), message("W2", "202", "US.2", "b0", 1));
        applier.apply(message("W1", "101", "US.1", "a1", 2), numberAlone("W2", "202", "b1", 3));
        applier.apply(("{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"W2\",\"changes\":[{\"field\":"
                        + "\"user_preferences\",\"value\":{\"metadata\":{\"phone_number_id\":\"202\"},\"user_preferences\":[{"
                        + "\"user_id\":\"US.2\",\"category\":\"marketing_messages\",\"value\":\"stop\",\"timestamp\":"
                        + NOON + "}]}}]}]}")
                .getBytes(UTF_8));

        AccountMove.Moved moved = new AccountMove(db).run("202", "Shop", taken -> {});
        assertThat(new AccountMove(db).run("202", "Shop", taken -> {})).isEqualTo(moved);
        for (int i = 0; i < 2; i++) {
            applier.apply(message("W1", "101", "US.1", "a" + (i + 2), 10 + 2 * i));
            applier.apply(message("W2", "202", "US.2", "b" + (i + 2), 11 + 2 * i));
        }

        assertThat(applier.row("select b.name from account a join business b on b.id = a.business_id"
                        + " where a.phone_number_id = '202'"))
                .isEqualTo("Shop");
        assertThat(applier.column("select distinct a.phone_number_id || ' ' || (c.business_id = a.business_id) from"
                        + " conversation v join account a on a.id = v.account_id join contact c on c.id = v.contact_id"
                        + " order by 1"))
                .containsExactly("101 true", "202 true");
        assertThat(applier.row("select sum(unread_count) from conversation v join account a on a.id = v.account_id"
                        + " where a.phone_number_id = '202'"))
                .isEqualTo(4L);
        assertThat(applier.row("select c.name from contact_preference p join contact c on c.id = p.contact_id"
                        + " join business b on b.id = c.business_id where b.name = 'Shop' and p.value = 'stop'"))
                .isEqualTo("US.2");
        long updated = count("contact.updated");
        applier.apply(message("W1", "101", "US.1", "a9", 20));
        applier.apply(message("W2", "202", "US.2", "b9", 21));
        assertThat(count("contact.updated")).isEqualTo(updated);
    }

    /// Who is who is settled in a transaction of its own, before the one that would bring the business.
    @Test
    void whoseIdChangesInTheFirstPayloadOfABusinessIsKnownThere() {
        applier.apply(message("W1", "101", "US.1", "a0", 0));
        applier.apply("""
                {"object":"whatsapp_business_account","entry":[{"id":"W2","changes":[{"field":"messages","value":{
                "messaging_product":"whatsapp","metadata":{"phone_number_id":"202","display_phone_number":"1"},
                "messages":[{"from":"%s","id":"b0","timestamp":"%d","type":"system","system":{"body":"changed",
                "type":"user_changed_user_id","previous_user_id":"US.2","user_id":"US.3"}}]}}]}]}
                """.formatted(ANN, NOON).getBytes(UTF_8));

        assertThat(applier.column("select from_value || ' ' || to_value || ' ' || a.phone_number_id from contact_change"
                        + " join account a using (business_id)"))
                .containsExactly("US.2 US.3 202");
        assertThat(talks()).containsExactly("101: a0", "202: b0");
        assertThat(count("account.discovered")).isEqualTo(2);
    }

    private static long count(String type) {
        return applier.events().stream().filter(type::equals).count();
    }

    private static List<String> talks() {
        return applier.column(
                "select a.phone_number_id || ': ' || string_agg(m.wamid, ' ' order by m.wamid) from message m"
                        + " join account a on a.id = m.account_id group by a.phone_number_id, m.conversation_id order by 1");
    }

    private static byte[] message(String waba, String number, String user, String wamid, int at) {
        return message(
                waba,
                number,
                "\"contacts\":[{\"wa_id\":\"" + ANN + "\",\"user_id\":\"" + user + "\",\"profile\":{\"name\":\"" + user
                        + "\"}}],",
                ",\"from_user_id\":\"" + user + "\"",
                wamid,
                at);
    }

    private static byte[] numberAlone(String waba, String number, String wamid, int at) {
        return message(waba, number, "", "", wamid, at);
    }

    private static byte[] message(String waba, String number, String contacts, String user, String wamid, int at) {
        return """
                {"object":"whatsapp_business_account","entry":[{"id":"%s","changes":[{"field":"messages","value":{
                "messaging_product":"whatsapp","metadata":{"phone_number_id":"%s","display_phone_number":"1"},%s
                "messages":[{"from":"%s"%s,"id":"%s","timestamp":"%d","type":"text","text":{"body":"hello"}}]}}]}]}
                """.formatted(waba, number, contacts, ANN, user, wamid, NOON + at)
                .getBytes(UTF_8);
    }

    private static byte[] owner(String waba, String portfolio) {
        return """
                {"object":"whatsapp_business_account","entry":[{"id":"%s","time":%d,"changes":[{"field":"account_update",
                "value":{"event":"PARTNER_ADDED","waba_info":{"waba_id":"%s","owner_business_id":"%s"}}}]}]}
                """.formatted(portfolio, NOON, waba, portfolio).getBytes(UTF_8);
    }
}
