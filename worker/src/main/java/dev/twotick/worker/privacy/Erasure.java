package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.CONVERSATION;
import static dev.twotick.db.schema.Tables.MESSAGE;

import dev.twotick.db.DatabaseClock;
import dev.twotick.db.payloadlog.PayloadLogRows;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.interpret.Redaction;
import dev.twotick.worker.messages.MisplacedMessages;
import dev.twotick.worker.outbox.KeptEvents;
import dev.twotick.worker.outbox.KeptEvents.KeptEvent;
import dev.twotick.worker.people.PeopleLock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// Erases a person: first the tombstones, so that nothing new of theirs is applied; then what was logged, told
/// and derived. A transaction for each step; whoever is interrupted runs it again, and it finishes. What
/// identifies them goes last, so that the next run still finds the rest.
///
/// A batch in flight shares a lock that the first step takes whole: it is either done before, and what it wrote
/// is found here, or begins after, and sees the tombstones.
public final class Erasure {
    private static final int PAGE = 2_000;

    private static final String PAGE_OF_MESSAGES = "select m.id, m.key from message m where m.id > {4} and "
            + DataSubject.MESSAGES + " order by m.id limit {5}";

    // A fact that Redis remembers never comes to the horizon, which would take it out of the log again: so what it
    // remembers counts no more. Where there is no row yet, it remembers nothing.
    private static final String NEW_EPOCH = """
        insert into epoch (system_identifier, timeline)
        select system_identifier, timeline from epoch order by id desc limit 1
        """;

    // a planned recipient counts on without a name
    private static final String PLANNED = """
        update campaign_recipient set recipient = null, other_spelling = null, gone_rank = greatest(gone_rank, status_rank)
        where message_id is null and recipient is not null and
        """ + DataSubject.rows("campaign_recipient");

    private static final String SUBSCRIPTIONS = "with gone as (delete " + DataSubject.from("signup_subscription") + """
         returning business_id, signup_id),
        fewer as (select business_id, signup_id, count(*)::int as n from gone group by business_id, signup_id)
        update signup s set subscriber_count = s.subscriber_count - f.n from fewer f
        where s.business_id = f.business_id and s.signup_id = f.signup_id
        """;

    // Somebody else's mention may name one of these ids: the number that they had before it was given on.
    private static final String MENTIONS_OF_OTHERS = """
        with theirs as (
            select m.*, m.wa_id = any ({0}) as has_number, m.parent_user_id = any ({0}) as has_parent
            from contact_mention m
            where m.business_id = any ({3}) and (m.wa_id = any ({0}) or m.parent_user_id = any ({0})))
        insert into contact_mention (business_id, wa_id, user_id, parent_user_id, stated_at, name, name_at, username,
            username_at, saved_name, saved_name_at)
        select business_id, case when has_number then '' else wa_id end, user_id,
            case when has_parent then '' else parent_user_id end,
            stated_at, name, name_at, username, username_at, saved_name, saved_name_at
        from theirs
        on conflict do nothing
        """;

    /// The rows that go with the contact, in the order of the tables.
    // What people did about them names them by an id, and whoever has that can find the number that it was made of.
    private static final String IN_AUDIT_LOG = """
            update audit_log a set subject = replace(a.subject, c.id, 'erased')
            from (select unnest({1}::uuid[])::text as id
                union select from_id::text from contact_merged where into_id = any ({1})) c
            where strpos(a.subject, c.id) > 0
            """;

    private static final List<String> PEOPLE = List.of(
            IN_AUDIT_LOG,
            delete("conversation"),
            delete("contact_preference"),
            delete("preference_statement"),
            delete("contact_label"),
            SUBSCRIPTIONS,
            delete("signup_statement"),
            delete("contact_mention"),
            MENTIONS_OF_OTHERS,
            "delete from contact_mention where business_id = any ({3})"
                    + " and (wa_id = any ({0}) or user_id = any ({0}) or parent_user_id = any ({0}))",
            delete("contact_change"),
            delete("contact_merged"),
            delete("contact_identity"),
            delete("contact"));

    private static String delete(String table) {
        return "delete " + DataSubject.from(table);
    }

    private final DSLContext database;
    private final ErasureKey hashes;

    public Erasure(DSLContext database, ErasureKey hashes) {
        this.database = database;
        this.hashes = hashes;
    }

    /// Hears how it goes on.
    public interface Progress {

        /// @param step what is being done, in a few words
        void at(String step, int done, int total);
    }

    /// What was taken away, in rows.
    ///
    /// @param messages to and from them
    /// @param events   hook events, whose open and dead calls went with them
    /// @param payloads logged ones that were written anew without them
    /// @param notices  rows of `account_notice`
    public record Erased(int messages, int events, int payloads, int notices) {}

    /// Erases the person from these businesses.
    public Erased run(DataSubject asked, Progress progress) {
        Instant at = new DatabaseClock(database).instant();
        List<String> days = new ArrayList<>(partitions("payload_log"));
        List<LocalDate> eventDays = partitions("hook_page").stream()
                .map(name -> LocalDate.parse(name.substring("hook_page_".length()), DateTimeFormatter.BASIC_ISO_DATE))
                .toList();
        int steps = 6 + days.size() + eventDays.size();
        int step = 0;
        progress.at("tombstones", step++, steps);
        DataSubject person = bury(asked, at);
        Set<UUID> keys = new HashSet<>();
        Set<UUID> payloads = new HashSet<>();
        buryMessages(person, at, keys, payloads);
        int rewritten = 0;
        for (String day : days) {
            progress.at("log", step++, steps);
            rewritten += takeOutOfLog(day, person, keys, payloads);
        }
        int events = 0;
        for (LocalDate day : eventDays) {
            progress.at("hook events", step++, steps);
            events += eraseEvents(day, person, keys);
        }
        progress.at("failures", step++, steps);
        blankFailures(person);
        progress.at("notices", step++, steps);
        int notices = deleteNotices(person);
        progress.at("campaigns", step++, steps);
        Retries.transaction(database, tx -> {
            MessageRemoval.unlink(tx, DSL.condition(DataSubject.rows("campaign_recipient"), person.fields()));
            return tx.execute(PLANNED, person.fields());
        });
        progress.at("messages", step++, steps);
        int messages = deleteMessages(person);
        progress.at("contact", step++, steps);
        deletePeople(person);
        progress.at("done", steps, steps);
        return new Erased(messages, events, rewritten, notices);
    }

    /// @return the person as known to the batches that were in flight until then
    private DataSubject bury(DataSubject person, Instant at) {
        List<byte[]> stones = new ArrayList<>();
        stones.add(hashes.check());
        for (long business : person.businesses()) {
            person.ids().forEach(id -> stones.add(hashes.person(business, id)));
        }
        Retries.transaction(database, tx -> {
            PeopleLock.exclusive(tx);
            Tombstones.write(tx, stones, at);
            tx.execute(NEW_EPOCH);
            return true;
        });
        DataSubject known = person.again(database);
        return known.ids().equals(person.ids()) ? known : bury(known, at);
    }

    /// Statuses may come back that name nobody: the messages get tombstones of their own.
    private void buryMessages(DataSubject person, Instant at, Set<UUID> keys, Set<UUID> payloads) {
        long after = 0;
        while (true) {
            var page = page(person, after);
            if (page.isEmpty()) {
                return;
            }
            List<UUID> found = page.getValues("key", UUID.class);
            Retries.transaction(database, tx -> {
                PeopleLock.exclusive(tx);
                Tombstones.write(tx, found.stream().map(hashes::message).toList(), at);
                tx.execute(NEW_EPOCH);
                return true;
            });
            keys.addAll(found);
            payloads.addAll(database.resultQuery(
                            DataSubject.PAYLOADS_OF_MESSAGES, DataSubject.longs(page.getValues("id", Long.class)))
                    .fetch(0, UUID.class));
            after = page.getLast().get("id", Long.class);
        }
    }

    private Result<Record> page(DataSubject person, long after) {
        return database.resultQuery(PAGE_OF_MESSAGES, person.fields(DSL.val(after), DSL.val(PAGE)))
                .fetch();
    }

    private int takeOutOfLog(String day, DataSubject person, Set<UUID> keys, Set<UUID> payloads) {
        List<UUID> candidates = database.resultQuery(
                        "select id from {1} where id = any ({2}) or " + DataSubject.mentionedIn(DataSubject.BODY),
                        DataSubject.texts(person.ids()),
                        DSL.table(DSL.name(day)),
                        DSL.val(payloads.toArray(UUID[]::new), SQLDataType.UUID.array()))
                .fetch(0, UUID.class);
        int rewritten = 0;
        for (UUID payload : candidates) {
            boolean changed = Retries.transaction(
                    database,
                    tx -> PayloadLogRows.rewriteBody(
                            tx,
                            payload,
                            body -> Redaction.without(body, fact -> person.isIn(fact, keys), person.ids()::contains)));
            rewritten += changed ? 1 : 0;
        }
        return rewritten;
    }

    /// With the deliveries that are open or dead; what was tried stays known, without its content.
    private int eraseEvents(LocalDate day, DataSubject person, Set<UUID> keys) {
        return Retries.transaction(database, tx -> {
            Map<KeptEvent.Key, UnaryOperator<byte[]>> theirs = new HashMap<>();
            PersonEvents events = new PersonEvents(tx, person, keys);
            events.each(startOf(day), startOf(day.plusDays(1)), event -> theirs.put(event.key(), events.restOf(event)));
            KeptEvents.erase(tx, theirs);
            return theirs.size();
        });
    }

    private static Instant startOf(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void blankFailures(DataSubject person) {
        Result<Record> about =
                database.resultQuery(DataSubject.FAILURES, person.fields()).fetch();
        about.removeIf(f -> !f.get("sure", boolean.class) && !person.isNamedIn(f.get("raw", String.class)));
        database.execute(
                "update payload_failure set raw = null, error = case when " + DataSubject.mentionedIn("error")
                        + " then 'erased' else error end where (payload_id, item) in (select * from unnest({1}, {2}))",
                DataSubject.texts(person.ids()),
                DSL.val(about.getValues("payload_id", UUID.class).toArray(UUID[]::new), SQLDataType.UUID.array()),
                DataSubject.texts(about.getValues("item", String.class)));
        // what a payload failed with as a whole stands there too
        database.execute(
                "update payload_outcome set error = 'erased' where " + DataSubject.mentionedIn("error") + " and "
                        + DataSubject.isOurs("payload_outcome.payload_id"),
                person.fields());
    }

    private int deleteNotices(DataSubject person) {
        List<Long> notices = database.resultQuery(DataSubject.NOTICES, person.fields()).stream()
                .filter(row -> row.get("sure", boolean.class) || person.isNamedIn(row.get("value", String.class)))
                .map(row -> row.get("id", Long.class))
                .toList();
        for (String statement : List.of(
                "delete from account_notice where id = any ({4})",
                delete("call"), delete("reaction_statement"), delete("message_status"))) {
            Retries.transaction(database, tx -> tx.execute(statement, person.fields(DataSubject.longs(notices))));
        }
        return notices.size();
    }

    private int deleteMessages(DataSubject person) {
        int deleted = 0;
        long after = 0;
        while (true) {
            List<Long> page = page(person, after).getValues("id", Long.class);
            if (page.isEmpty()) {
                return deleted;
            }
            Retries.transaction(database, tx -> {
                PeopleLock.shared(tx);
                MessageRemoval.delete(tx, page);
                return true;
            });
            deleted += page.size();
            after = page.getLast();
        }
    }

    /// Also what came of them while this ran: it goes with the contact. Messages of others that are still in their
    /// conversations are taken out of them before.
    private void deletePeople(DataSubject person) {
        Condition theirs = CONVERSATION.CONTACT_ID.eq(DSL.any(person.contacts().toArray(UUID[]::new)));
        new MisplacedMessages(database).whenThereAreNone(theirs, tx -> {
            MessageRemoval.delete(
                    tx,
                    tx.select(MESSAGE.ID)
                            .from(MESSAGE)
                            .where(MESSAGE.CONVERSATION_ID.in(DSL.select(CONVERSATION.ID)
                                    .from(CONVERSATION)
                                    .where(theirs)))
                            .fetch(MESSAGE.ID));
            PEOPLE.forEach(statement -> tx.execute(statement, person.fields()));
            return true;
        });
    }

    private List<String> partitions(String table) {
        return database.fetch(
                        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
                                + " where i.inhparent = ?::regclass order by 1",
                        table)
                .getValues(0, String.class);
    }
}
