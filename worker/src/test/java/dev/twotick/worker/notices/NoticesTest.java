package dev.twotick.worker.notices;

import static dev.twotick.worker.apply.TestFacts.ADA;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.NUMBER;
import static dev.twotick.worker.apply.TestFacts.flow;
import static dev.twotick.worker.apply.TestFacts.item;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.notice;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class NoticesTest extends AppliedFacts {

    @Test
    void eachGroupOfATemplatesColumnsHasItsOwnLatestStatement() {
        twotick.sameInEveryOrder(
                template("t1", 10, new Effect.TemplateChanged("77", "offer", "en", "PENDING", null, null, null, null)),
                template(
                        "t2",
                        20,
                        new Effect.TemplateChanged("77", "offer", "en", "REJECTED", "SPAM", null, null, null)),
                template("t3", 5, new Effect.TemplateChanged("77", null, null, null, null, "RED", "MARKETING", null)),
                template(
                        "t4",
                        30,
                        new Effect.TemplateChanged("77", "sale", "de", null, null, "GREEN", null, "{\"a\":1}")));

        assertThat(row("select concat_ws('|', name, language, status, reason, quality, category, components)"
                        + " from template"))
                .isEqualTo("sale|de|REJECTED|SPAM|GREEN|MARKETING|{\"a\":1}");
        assertThat(twotick.events().stream().filter("template.updated"::equals)).hasSize(4);
    }

    @Test
    void aCallIsItsLatestEventAndItsLatestStatus() {
        twotick.sameInEveryOrder(
                call(
                        "c1",
                        1,
                        new Effect.CallReported(
                                "wacid.1", Direction.INBOUND, "connect", null, ADA, NOON, null, null, null)),
                call(
                        "c2",
                        9,
                        new Effect.CallReported(
                                "wacid.1", null, "terminate", "COMPLETED", ADA, NOON, NOON.plusSeconds(9), 8, "mine")),
                call(
                        "c3",
                        2,
                        new Effect.CallReported("wacid.1", null, null, "ACCEPTED", null, null, null, null, null)));

        assertThat(row("select concat_ws('|', direction, event, status, wa_id, duration_s, callback_data,"
                        + " ended_at - started_at) from call"))
                .isEqualTo("inbound|terminate|COMPLETED|16505551234|8|mine|00:00:09");
        assertThat(twotick.events().stream().filter("call.updated"::equals)).hasSize(3);
    }

    @Test
    void ofOneSecondACallsFurtherWordStands() {
        for (int i = 0; i < 4; i++) { // digests that decide either way
            twotick.empty();
            twotick.sameInEveryOrder(
                    call("a" + i, 1, new Effect.CallReported("c", null, "connect", null, ADA, null, null, null, null)),
                    call("b" + i, 1, new Effect.CallReported("c", null, null, "RINGING", ADA, null, null, null, null)),
                    call(
                            "c" + i,
                            1,
                            new Effect.CallReported("c", null, "terminate", "COMPLETED", ADA, null, null, null, null)));

            assertThat(row("select event || status from call")).isEqualTo("terminateCOMPLETED");
        }
    }

    @Test
    void whatACallIsNowStandsInEveryEventAboutIt() {
        twotick.apply(
                call("b", 9, new Effect.CallReported("c", null, "terminate", "COMPLETED", ADA, null, null, 8, null)));
        twotick.apply(call("a", 1, new Effect.CallReported("c", null, null, "ACCEPTED", ADA, null, null, null, null)));

        assertThat(row("select string_agg(concat_ws('|', body::json->'data'->>'status',"
                        + " body::json->'data'->>'current_status', body::json->'data'->>'current_event'), ' ' order by id)"
                        + " from (select row_number() over (order by body::json->'data'->>'status') as id, body"
                        + " from hook_event where type = 'call.updated') e"))
                .isEqualTo("ACCEPTED|COMPLETED|terminate COMPLETED|COMPLETED|terminate");
    }

    @Test
    void ofOneSecondATemplatesFurtherWordStands() {
        for (int i = 0; i < 4; i++) { // digests that decide either way
            twotick.empty();
            twotick.sameInEveryOrder(
                    template("a" + i, 1, status("PENDING", null)),
                    template("b" + i, 1, status("REJECTED", "SPAM")),
                    template("c" + i, 1, status("PENDING", null)));
            assertThat(row("select status || reason from template")).isEqualTo("REJECTEDSPAM");

            twotick.empty();
            twotick.sameInEveryOrder(
                    template("a" + i, 1, status("APPROVED", "NONE")),
                    template("b" + i, 1, status("PENDING", null)),
                    template("c" + i, 0, status("DELETED", null)));
            assertThat(row("select status || reason from template")).isEqualTo("APPROVEDNONE");
        }
    }

    @Test
    void ofOneSecondATemplatesRatingAndItsCategorysChangeStand() {
        for (int i = 0; i < 4; i++) {
            twotick.empty();
            twotick.sameInEveryOrder(
                    template(
                            "a" + i,
                            1,
                            new Effect.TemplateChanged("77", null, null, null, null, "UNKNOWN", null, null)),
                    template(
                            "b" + i,
                            1,
                            new Effect.TemplateChanged("77", null, null, null, null, "RED", "UTILITY", null)),
                    template(
                            "c" + i,
                            1,
                            new Effect.TemplateChanged("77", null, null, "APPROVED", null, null, "MARKETING", null)));
            assertThat(row("select quality || category from template")).isEqualTo("REDUTILITY");
        }
    }

    @Test
    void ofOneSecondAStopStands() {
        for (int i = 0; i < 4; i++) {
            twotick.empty();
            twotick.sameInEveryOrder(
                    template("a" + i, 1, new Effect.PreferenceStated(ADA, "marketing_messages", "resume")),
                    template("b" + i, 1, new Effect.PreferenceStated(ADA, "marketing_messages", "stop")),
                    template("c" + i, 1, new Effect.PreferenceStated(ADA, "marketing_messages", "resume")));
            assertThat(row("select p.value || s.preference from contact_preference p, preference_statement s"))
                    .isEqualTo("stopstop");
        }
    }

    @Test
    void aNoticeUnderAKnownKeyWithOtherContentIsToldOnceAndTheLaterStands() {
        twotick.sameInEveryOrder(
                notice("call:wacid.1:connect", NOON, "{\"n\":1}", null),
                notice("call:wacid.1:connect", NOON.plusSeconds(1), "{\"n\":2}", null),
                notice("call:wacid.1:connect", null, "{\"n\":3}", null));

        assertThat(row("select value->>'n' from account_notice")).isEqualTo("2");
        assertThat(twotick.events()).containsExactly("account.discovered", "account.notice");
    }

    @Test
    void aNoticeThatCameInTwoFieldsStandsUnderTheSameOneInEveryOrder() {
        twotick.sameInEveryOrder(
                new Fact.Noticed(item("signup:1", NOON, "{}"), "messages", null),
                new Fact.Noticed(item("signup:1", NOON, "{}"), "in_app_signup", null));

        assertThat(row("select field from account_notice")).isEqualTo("messages");
    }

    @Test
    void anEventSaysWhoAndWhat() {
        twotick.apply(
                notice("p", NOON, "{\"p\":1}", new Effect.PreferenceStated(ADA, "marketing_messages", "stop")),
                notice("s", NOON, "{\"s\":1}", new Effect.SignedUp(ADA, "4711")));

        assertThat(twotick.events()).contains("user.preference_changed", "user.subscribed");
        assertThat(twotick.data("user.preference_changed", "value")).isEqualTo("stop");
        assertThat(twotick.data("user.subscribed", "signup")).isEqualTo("4711");
        assertThat(twotick.data("user.subscribed", "contact")).isEqualTo(row("select id::text from contact"));
        assertThat(twotick.data("user.subscribed", "wa_id")).isEqualTo("16505551234");
    }

    @Test
    void aFlowIsCompletedOnceAndItsLatestResponseStands() {
        twotick.sameInEveryOrder(
                flow("wamid.F", 1, "{\"a\":1}"),
                flow("wamid.F", 2, "{\"a\":2}"),
                message("wamid.F").later(1).fact());

        assertThat(row("select response->>'a' from flow_response")).isEqualTo("2");
        assertThat(twotick.events().stream().filter("flow.completed"::equals)).hasSize(1);
        assertThat(row("select body::json->'data'->'response'->>'a' is not null from hook_event"
                        + " where type = 'flow.completed'"))
                .isEqualTo(true);
    }

    @Test
    void anAccountIsCalledAsMetaCalledItOnTheLatestDay() {
        twotick.sameInEveryOrder(
                of("waba.1", "1555", NOON),
                of("waba.2", null, NOON.plusSeconds(86_400)),
                of("waba.3", "1777", NOON.minusSeconds(86_400)),
                of("waba.0", "1999", null));

        assertThat(row("select waba_id || waba_on || display_phone_number || display_on from account"))
                .isEqualTo("waba.22026-11-2215552026-11-21");
    }

    @Test
    void trafficOfADayUpdatesItsAccountOnce() {
        twotick.apply(text("wamid.A", "one").fact());
        Object version = row("select xmin::text || ctid::text from account");
        for (int i = 0; i < 5; i++) {
            twotick.apply(text("wamid.B" + i, "more").later(i).fact());
        }
        assertThat(row("select xmin::text || ctid::text from account")).isEqualTo(version);
        twotick.apply(text("wamid.C", "tomorrow").later(86_400).fact());
        assertThat(row("select xmin::text || ctid::text from account")).isNotEqualTo(version);
    }

    private static Effect status(String word, String reason) {
        return new Effect.TemplateChanged("77", null, null, word, reason, null, null, null);
    }

    private static Fact template(String key, int second, Effect effect) {
        return notice(key, NOON.plusSeconds(second), "{\"key\":\"" + key + "\"}", effect);
    }

    private static Fact call(String key, int second, Effect effect) {
        return notice(key, NOON.plusSeconds(second), "{\"key\":\"" + key + "\"}", effect);
    }

    private static Fact of(String waba, String display, Instant at) {
        return new Fact.Noticed(
                item(new AccountRef(new PhoneNumberId(NUMBER), waba, display), waba, at, "{\"w\":\"" + waba + "\"}"),
                "a_field",
                null);
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
