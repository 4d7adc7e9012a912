package dev.twotick.worker.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.privacy.Horizon;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.jooq.DSLContext;

/// An applier on a database that tests share and empty, and what can be seen in it.
public final class TestApplier implements AutoCloseable {
    /// Whatever applying writes, those that refer to others first.
    private static final List<String> TABLES = List.of(
            "hook_delivery",
            "hook_page",
            "payload_outcome",
            "payload_failure",
            "message_status",
            "reaction_statement",
            "flow_response",
            "campaign_recipient",
            "campaign_dirty",
            "campaign",
            "message",
            "conversation",
            "account_notice",
            "template",
            "call",
            "preference_statement",
            "contact_preference",
            "contact_label",
            "signup_subscription",
            "signup_statement",
            "signup",
            "label",
            "contact_identity",
            "contact_merged",
            "contact_mention",
            "contact_change",
            "contact",
            "account",
            "waba");

    private final HikariDataSource pool;
    private final DSLContext db;
    private final EventApplier applier;

    public TestApplier(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 8, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        applier = of(db, () -> 0);
    }

    /// One that keeps messages for ever, and knows of nobody who was erased.
    public static EventApplier of(DSLContext db, IntSupplier firstAttempts) {
        return new EventApplier(
                db,
                new Outbox(Duration.ofSeconds(60)),
                firstAttempts,
                owed -> {},
                true,
                new Horizon(Optional.empty(), 0));
    }

    /// The first try.
    public static List<EventApplier.Result> apply(EventApplier applier, List<PayloadWork> payloads) {
        return applier.apply(payloads, new EventApplier.Progress());
    }

    @Override
    public void close() {
        pool.close();
    }

    public void empty() {
        TABLES.forEach(table -> db.execute("delete from " + table)); // far faster than truncating small ones
    }

    /// All bodies in one batch.
    public void apply(byte[]... bodies) {
        apply(applier, Stream.of(bodies).map(TestApplier::work).toList());
    }

    /// All facts in one payload.
    public void apply(Fact... facts) {
        apply(applier, List.of(work(List.of(facts))));
    }

    /// Each fact in a payload of its own, all in one batch.
    public void applyApart(List<Fact> facts) {
        apply(applier, facts.stream().map(TestApplier::work).toList());
    }

    /// The facts leave the same behind in every order: one by one, as one batch, and with copies after them.
    ///
    /// @return the canonical dump that they leave
    public String sameInEveryOrder(Fact... facts) {
        String expected = null;
        for (List<Fact> order : orders(List.of(facts))) {
            List<Fact> twice = new ArrayList<>(order);
            twice.addAll(order.reversed());
            for (boolean together : new boolean[] {false, true}) {
                empty();
                if (together) {
                    applyApart(order);
                } else {
                    twice.forEach(this::apply);
                }
                String dump = dump();
                expected = expected == null ? dump : expected;
                assertThat(dump)
                        .as(() -> (together ? "together: " : "one by one: ")
                                + order.stream().map(f -> f.item().raw()).toList())
                        .isEqualTo(expected);
            }
        }
        return expected == null ? "" : expected;
    }

    public static List<List<Fact>> orders(List<Fact> facts) {
        if (facts.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Fact>> all = new ArrayList<>();
        for (int i = 0; i < facts.size(); i++) {
            List<Fact> rest = new ArrayList<>(facts);
            Fact first = rest.remove(i);
            for (List<Fact> order : orders(rest)) {
                List<Fact> whole = new ArrayList<>(List.of(first));
                whole.addAll(order);
                all.add(whole);
            }
        }
        return all;
    }

    /// Everything that is a function of the facts: without surrogate ids and receive times.
    public String dump() {
        return lines(
                        "select wamid, direction, direction_rank, kind, type, body, occurred_at, content_rank, content_digest,"
                                + " media_id, voice, reply_to_wamid, forwarded, from_wa_id, from_user_id, recipient_wa_id,"
                                + " recipient_user_id, peer_kind, peer_value, status, sent_at, delivered_at, read_at, played_at,"
                                + " failed_at, error_code, edited_at, revoked_at, told, live_at is null, echoed_at is null,"
                                + " history_at is null, standby_at is null, conversation_id is null, group_id, raw::text"
                                + " from message order by wamid")
                + lines(
                        "select i.kind, i.value, c.group_id, c.unread_count, c.last_message_at, c.window_expires_at,"
                                + " (select string_agg(wamid, ',' order by wamid) from message m where m.conversation_id = c.id)"
                                + " from conversation c left join contact_identity i on i.contact_id = c.contact_id order by 1, 2, 3")
                + lines("select m.wamid, s.status, s.participant, s.occurred_at, s.digest, s.callback_data"
                        + " from message_status s join message m on m.id = s.message_id order by 1, 2, 3")
                + lines("select m.wamid, r.reactor, r.emoji, r.reacted_at from message_reaction r"
                        + " join message m on m.id = r.message_id order by 1, 2")
                + lines("select m.wamid, f.name, f.flow_token, f.response::text, f.completed_at from flow_response f"
                        + " join message m on m.id = f.message_id order by 1")
                + lines("select fact_key, field, value::text, occurred_at from account_notice order by 1")
                + lines("select phone_number_id, waba_id, waba_on, display_phone_number, display_on from account"
                        + " order by 1")
                + lines("select template_id, name, language, status, reason, quality, category, components::text,"
                        + " named_at, status_at, quality_at, category_at, components_at from template order by 1")
                + lines("select call_id, direction, event, status, wa_id, user_id, started_at, ended_at, duration_s,"
                        + " callback_data, event_at, status_at, peer_kind, peer_value, called_at, accepted_at, opened_at"
                        + " from call order by 1")
                + lines("select type, id from hook_event where type <> 'contact.updated' order by 1, 2");
    }

    private String lines(String sql) {
        StringBuilder lines = new StringBuilder();
        db.fetch(sql).forEach(record -> lines.append(record.valuesRow()).append('\n'));
        return lines.append("--").append('\n').toString();
    }

    public Object row(String sql) {
        return db.fetchValue(sql);
    }

    public List<String> column(String sql) {
        return db.fetch(sql).getValues(0, String.class);
    }

    /// As it is where tables are large: small ones are read whole.
    public String plan(String sql) {
        return db.transactionResult(configuration -> {
            configuration.dsl().execute("set local enable_seqscan = off");
            return String.join(
                    "\n",
                    configuration
                            .dsl()
                            .fetch("explain (verbose, costs off) " + sql)
                            .getValues(0, String.class));
        });
    }

    public void execute(String sql, Object... values) {
        db.execute(sql, values);
    }

    public List<String> events() {
        return db.fetch("select type from hook_event order by type").getValues(0, String.class);
    }

    /// A member of the `data` of the only event of this type.
    public Object data(String type, String member) {
        return db.fetchValue("select body::json->'data'->>? from hook_event where type = ?", member, type);
    }

    public EventApplier applier() {
        return applier;
    }

    public DSLContext db() {
        return db;
    }

    public static PayloadWork work(byte[] body) {
        return work(body, Instant.now());
    }

    /// A body that was received then.
    public static PayloadWork work(byte[] body, Instant at) {
        return PayloadWork.of(
                        PayloadId.at(at).value(),
                        PayloadId.at(Instant.now()).value(),
                        at,
                        "test",
                        false,
                        new PayloadInterpreter().interpret(body))
                .withBody(body);
    }

    static PayloadWork work(Fact fact) {
        return work(List.of(fact));
    }

    private static PayloadWork work(List<Fact> facts) {
        return new PayloadWork(
                PayloadId.at(Instant.now()).value(),
                PayloadId.at(Instant.now()).value(),
                Instant.now(),
                "test",
                false,
                facts,
                0,
                List.of("messages"),
                List.of(TestFacts.NUMBER),
                null);
    }
}
