package dev.twotick.worker.privacy;

import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// Everything that is held about a person, as one JSON document: a member for each table, a list of rows in
/// each, and the person's items in logged payloads. Rows go out as they are read, so its length does not
/// matter.
public final class DataExport {
    private static final int FETCH = 500;
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");
    private static final int FETCH_BODIES = 8; // of 3 MiB at most

    private record Section(String name, String query) {}

    private static final List<Section> SECTIONS = List.of(
            rows("contacts", "contact", " order by id"),
            rows("contact_identities", "contact_identity", " order by kind, value"),
            rows("contact_mentions", "contact_mention", ""),
            rows("contact_changes", "contact_change", ""),
            rows("contacts_merged", "contact_merged", ""),
            rows("conversations", "conversation", " order by id"),
            new Section("messages", "select m.* from message m where " + DataSubject.MESSAGES + " order by m.id"),
            new Section(
                    "media",
                    "select * from media where message_id in " + DataSubject.THEIR_MESSAGES
                            + " order by message_id, media_id"),
            new Section(
                    "message_statuses",
                    "select * " + DataSubject.from("message_status") + " or message_id in " + DataSubject.THEIR_MESSAGES
                            + " order by message_id, status, participant"),
            new Section(
                    "message_reactions",
                    "select * " + DataSubject.from("message_reaction") + " or message_id in "
                            + DataSubject.THEIR_MESSAGES),
            rows("reaction_statements", "reaction_statement", ""),
            new Section(
                    "flow_responses", "select * from flow_response where message_id in " + DataSubject.THEIR_MESSAGES),
            rows("calls", "call", ""),
            rows("preferences", "contact_preference", ""),
            rows("preference_statements", "preference_statement", ""),
            rows("signup_subscriptions", "signup_subscription", ""),
            rows("signup_statements", "signup_statement", ""),
            new Section(
                    "labels",
                    "select l.name, c.* from label l join (select * " + DataSubject.from("contact_label")
                            + ") c on c.label_id = l.id"),
            new Section(
                    "campaigns",
                    "select c.key as campaign, r.* from campaign c join (select * "
                            + DataSubject.from("campaign_recipient") + ") r on r.campaign_id = c.id"));

    private static final String NOTICES = "select n.value::text as named, sure, row_to_json(a)::text as shown from ("
            + DataSubject.NOTICES + ") n join account_notice a using (id) order by id";

    private static final String FAILURES = "select f.raw as named, f.sure, row_to_json(p)::text as shown from ("
            + DataSubject.FAILURES + ") f join payload_failure p using (payload_id, item) order by payload_id, item";

    private static Section rows(String name, String table, String order) {
        return new Section(name, "select * " + DataSubject.from(table) + order);
    }

    private final DSLContext database;

    public DataExport(DSLContext database) {
        this.database = database;
    }

    /// Writes the document, and does not close the writer.
    public void write(DataSubject person, Writer out) {
        try {
            out.write("{\"identities\":"
                    + database.resultQuery("select array_to_json({0})::text", DataSubject.texts(person.ids()))
                            .fetchSingle(0, String.class));
            // in one transaction the driver streams, and all sections are of one state
            database.transaction(configuration -> {
                DSLContext tx = configuration.dsl();
                tx.execute("set transaction isolation level repeatable read read only");
                tx.execute("set local idle_in_transaction_session_timeout = 0"); // who reads it may pause
                for (Section section : SECTIONS) {
                    out.write(",\n\"" + section.name() + "\":[");
                    rows(tx, section.query(), person, out);
                    out.write("]");
                }
                Result<Record> messages = tx.resultQuery(
                                "select m.id, m.key from message m where " + DataSubject.MESSAGES, person.fields())
                        .fetch();
                events(tx, person, messages, out);
                named(tx, "notices", NOTICES, person, out);
                named(tx, "failures", FAILURES, person, out);
                payloads(tx, person, messages, out);
            });
            out.write("}\n");
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void rows(DSLContext tx, String query, DataSubject person, Writer out) throws IOException {
        String separator = "";
        try (Cursor<Record> rows = tx.resultQuery("select row_to_json(t)::text from (" + query + ") t", person.fields())
                .fetchSize(FETCH)
                .fetchLazy()) {
            for (Record row : rows) {
                out.write(separator + "\n" + row.get(0, String.class));
                separator = ",";
            }
        }
    }

    private static void events(DSLContext tx, DataSubject person, Result<Record> messages, Writer out)
            throws IOException {
        out.write(",\n\"hook_events\":[");
        StringBuilder separator = new StringBuilder();
        new PersonEvents(tx, person, messages.getValues("key", UUID.class)).eachTold(Instant.EPOCH, LAST, event -> {
            // what payloads say of them is among their payloads' items
            write(
                    out,
                    separator + "\n{\"created_at\":\"" + event.key().raisedAt() + "\",\"id\":\""
                            + event.key().id() + "\",\"type\":\"" + event.type() + "\",\"body\":" + event.body() + "}");
            separator.replace(0, separator.length(), ",");
        });
        out.write("]");
    }

    private static void write(Writer out, String text) {
        try {
            out.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param query gives JSON in which they may be named, whether they surely are, and what is shown
    private static void named(DSLContext tx, String name, String query, DataSubject person, Writer out)
            throws IOException {
        out.write(",\n\"" + name + "\":[");
        String separator = "";
        try (Cursor<Record> rows =
                tx.resultQuery(query, person.fields()).fetchSize(FETCH).fetchLazy()) {
            for (Record row : rows) {
                if (row.get("sure", boolean.class) || person.isNamedIn(row.get("named", String.class))) {
                    out.write(separator + "\n" + row.get("shown", String.class));
                    separator = ",";
                }
            }
        }
        out.write("]");
    }

    /// Only the items about them: what stands beside is about others.
    private static void payloads(DSLContext tx, DataSubject person, Result<Record> messages, Writer out)
            throws IOException {
        out.write(",\n\"payload_items\":[");
        Set<UUID> keys = Set.copyOf(messages.getValues("key", UUID.class));
        List<UUID> told = tx.resultQuery(
                        DataSubject.PAYLOADS_OF_MESSAGES, DataSubject.longs(messages.getValues("id", Long.class)))
                .fetch(0, UUID.class);
        PayloadInterpreter interpreter = new PayloadInterpreter();
        String separator = "";
        try (Cursor<Record> rows = tx.resultQuery(
                        "select id, received_at::text, body from payload_log where id = any ({4}) or "
                                + DataSubject.mentionedIn(DataSubject.BODY) + " order by id",
                        person.fields(DSL.val(told.toArray(UUID[]::new), SQLDataType.UUID.array())))
                .fetchSize(FETCH_BODIES)
                .fetchLazy()) {
            for (Record row : rows) {
                if (interpreter.interpret(row.get("body", byte[].class)) instanceof Interpretation.Facts meaning) {
                    for (Fact fact : meaning.facts()) {
                        if (person.isIn(fact, keys)) {
                            out.write(separator + "\n{\"payload_id\":\"" + row.get("id") + "\",\"received_at\":\""
                                    + row.get("received_at") + "\",\"item\":"
                                    + fact.item().raw() + "}");
                            separator = ",";
                        }
                    }
                }
            }
        }
        out.write("]");
    }
}
