package dev.twotick.worker.apply;

import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;

/// Everything that is held about a person, as one JSON document: a member for each table, a list of rows in
/// each, and the person's items in logged payloads. Rows go out as they are read, so its length does not
/// matter.
public final class DataExport {
    private static final int FETCH = 500;
    private static final int FETCH_BODIES = 8; // of 3 MiB at most

    private record Section(String name, String query) {}

    private static final String THEIR_MESSAGES = "(select m.id from message m where " + DataSubject.MESSAGES + ")";

    private static final List<Section> SECTIONS = List.of(
            new Section("contacts", "select * from contact where id = any ({1}) order by id"),
            new Section(
                    "contact_identities",
                    "select * from contact_identity where contact_id = any ({1}) order by kind, value"),
            new Section(
                    "contact_mentions",
                    "select * from contact_mention where business_id = any ({3}) and " + DataSubject.MENTION),
            new Section(
                    "contact_changes",
                    "select * from contact_change where business_id = any ({3})"
                            + " and (from_value = any ({0}) or to_value = any ({0}))"),
            new Section("contacts_merged", "select * from contact_merged where into_id = any ({1})"),
            new Section("conversations", "select * from conversation where contact_id = any ({1}) order by id"),
            new Section("messages", "select m.* from message m where " + DataSubject.MESSAGES + " order by m.id"),
            new Section(
                    "message_statuses",
                    "select * from message_status where message_id in " + THEIR_MESSAGES
                            + " or participant = any ({0}) order by message_id, status, participant"),
            new Section(
                    "message_reactions",
                    "select * from message_reaction where message_id in " + THEIR_MESSAGES + " or reactor = any ({0})"),
            new Section(
                    "reaction_statements",
                    "select r.* from reaction_statement r join message m on m.id = r.message_id"
                            + " where m.account_id = any ({2}) and r.value = any ({0})"),
            new Section("flow_responses", "select * from flow_response where message_id in " + THEIR_MESSAGES),
            new Section("calls", "select * from call where account_id = any ({2}) and " + DataSubject.CALL),
            new Section("preferences", "select * from contact_preference where contact_id = any ({1})"),
            new Section(
                    "preference_statements",
                    "select * from preference_statement where account_id = any ({2}) and value = any ({0})"),
            new Section("signup_subscriptions", "select * from signup_subscription where contact_id = any ({1})"),
            new Section(
                    "signup_statements",
                    "select * from signup_statement where business_id = any ({3}) and value = any ({0})"),
            new Section(
                    "labels",
                    "select l.name, c.* from contact_label c join label l on l.id = c.label_id where contact_id = any"
                            + " ({1})"),
            new Section(
                    "campaigns",
                    "select c.key as campaign, r.* from campaign_recipient r join campaign c on c.id = r.campaign_id"
                            + " where " + DataSubject.RECIPIENT + " or r.message_id in " + THEIR_MESSAGES));

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
                named(
                        tx,
                        "hook_events",
                        "select e.body::text, row_to_json(e)::text from (select created_at, id, type, body::json as body"
                                + " from hook_event where " + DataSubject.mentionedIn("body")
                                + " order by day, created_at) e",
                        person,
                        out);
                named(
                        tx,
                        "notices",
                        "select value::text, row_to_json(n)::text from account_notice n where account_id = any ({2})"
                                + " and " + DataSubject.mentionedIn("value::text") + " order by id",
                        person,
                        out);
                payloads(tx, person, out);
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

    /// @param query gives JSON in which they may be named, and the row
    private static void named(DSLContext tx, String name, String query, DataSubject person, Writer out)
            throws IOException {
        out.write(",\n\"" + name + "\":[");
        String separator = "";
        try (Cursor<Record> rows =
                tx.resultQuery(query, person.fields()).fetchSize(FETCH).fetchLazy()) {
            for (Record row : rows) {
                if (person.isNamedIn(row.get(0, String.class))) {
                    out.write(separator + "\n" + row.get(1, String.class));
                    separator = ",";
                }
            }
        }
        out.write("]");
    }

    /// Only the items about them: what stands beside is about others.
    private static void payloads(DSLContext tx, DataSubject person, Writer out) throws IOException {
        out.write(",\n\"payload_items\":[");
        Set<UUID> messages = new HashSet<>(
                tx.resultQuery("select m.key from message m where " + DataSubject.MESSAGES, person.fields())
                        .fetch(0, UUID.class));
        PayloadInterpreter interpreter = new PayloadInterpreter();
        String separator = "";
        try (Cursor<Record> rows = tx.resultQuery(
                        "select id, received_at::text, body from payload_log where "
                                + DataSubject.mentionedIn("encode(body, 'escape')") + " order by id",
                        person.fields())
                .fetchSize(FETCH_BODIES)
                .fetchLazy()) {
            for (Record row : rows) {
                if (interpreter.interpret(row.get("body", byte[].class)) instanceof Interpretation.Facts meaning) {
                    for (Fact fact : meaning.facts()) {
                        if (person.isIn(fact, messages)) {
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
