package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.CONVERSATION;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.Overtaken;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.messages.Conversations.Change;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.messages.Messages.Row;
import dev.twotick.worker.people.PeopleLock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.QueryPart;
import org.jooq.impl.DSL;

/// Messages in a conversation that is not theirs any more, since people proved to be one, or a number passed on.
/// However many they are, each transaction moves a page of them, the latest first:
///
/// ```
///  settlement, alone among all workers      who is whose; notes the conversations; moves the first page
///  upkeep, erasure, an account's move       a page, and how far it came; beside all batches
///  …
///  the last page                            the note is gone, and so is a conversation that leaves
/// ```
///
/// Where a message belongs is looked up when its turn comes, by the id under which the other side was named. So it
/// does not matter who moves a page, how often, or what was settled meanwhile; and a batch that tells such a message
/// a stronger content puts it there itself.
public final class MisplacedMessages {

    /// Messages that one transaction moves, or looks at.
    static final int PAGE = 500;

    private static final String WHOSE = """
            select p.id, p.at::text as at, c.account_id, coalesce(i.contact_id, c.contact_id) as contact_id,
                c.leaving or i.contact_id is not null and i.contact_id <> c.contact_id as misplaced
            from conversation c
            join account a on a.id = c.account_id
            cross join lateral (
                %s) p
            left join contact_identity i
                on i.business_id = a.business_id and i.kind = p.peer_kind and i.value = p.peer_value
            where c.id = {0} and c.misplaced_before is not null
            order by p.at desc, p.id desc
            """;

    // A message without a time comes after those with one. `+ 0`: the primary key would lead through all conversations.
    private static final String PAGE_OF = WHOSE.formatted("""
                (select m.id, m.occurred_at as at, m.peer_kind, m.peer_value from message m
                    where m.conversation_id = c.id
                        and (m.occurred_at, m.id) < (c.misplaced_before, c.misplaced_before_id)
                    order by m.occurred_at desc, m.id desc limit {1})
                union all
                (select m.id, '-infinity', m.peer_kind, m.peer_value from message m
                    where m.conversation_id = c.id and m.occurred_at is null
                        and m.id + 0 < case c.misplaced_before when '-infinity' then c.misplaced_before_id else {2} end
                    order by m.occurred_at desc, m.id desc limit {1})
                order by at desc, id desc limit {1}""");

    private static final String THESE = WHOSE.formatted("""
                select m.id, coalesce(m.occurred_at, '-infinity') as at, m.peer_kind, m.peer_value from message m
                where m.conversation_id = c.id and m.id = any ({1})""");

    private static final String NOTE =
            "update conversation set misplaced_before = {1}::timestamptz, misplaced_before_id = {2}"
                    + " where id = any ({0})";

    // One that leaves, and is not empty, is walked through once more.
    private static final String END = """
            update conversation set misplaced_before = case when leaving then timestamptz 'infinity' end,
                misplaced_before_id = case when leaving then {1} end
            where id = {0}
            """;

    private static final String LEAVE = "delete from conversation c where c.id = {0} and c.leaving"
            + " and not exists (select from message m where m.conversation_id = c.id)";

    /// One of a page.
    ///
    /// @param at        Meta's time, as PostgreSQL spells it
    /// @param misplaced it belongs to these parties' conversation, and not to the one that it is in
    private record Found(long id, String at, Parties parties, boolean misplaced) {}

    private final DSLContext database;

    public MisplacedMessages(DSLContext database) {
        this.database = database;
    }

    /// The conversations that may have some.
    public List<Long> conversations() {
        return noted(database, DSL.noCondition());
    }

    /// Moves a page of them.
    ///
    /// @return whether there may be more
    public boolean moveNext(long conversation) {
        return Retries.transaction(database, tx -> {
            PeopleLock.shared(tx);
            return movePage(tx, conversation, PAGE) == PAGE;
        });
    }

    /// Moves all of them in these conversations.
    public void moveAll(Condition conversations) {
        for (long conversation : noted(database, conversations)) {
            while (moveNext(conversation)) {}
        }
    }

    /// A transaction alone among all workers, when these conversations have none.
    public <T> T whenThereAreNone(Condition conversations, Function<DSLContext, T> work) {
        while (true) {
            moveAll(conversations);
            Optional<T> done = Retries.transaction(database, tx -> {
                PeopleLock.exclusive(tx);
                return noted(tx, conversations).isEmpty() ? Optional.of(work.apply(tx)) : Optional.empty();
            });
            if (done.isPresent()) {
                return done.get();
            }
        }
    }

    /// Notes that these conversations may have some.
    public static void note(DSLContext tx, Collection<Long> conversations) {
        if (!conversations.isEmpty()) {
            note(tx, conversations, "infinity", Long.MAX_VALUE);
        }
    }

    /// Moves as many as one transaction may.
    ///
    /// @param tx has the people lock alone
    static void moveFirst(DSLContext tx, Collection<Long> conversations) {
        int left = PAGE;
        for (long conversation : conversations) {
            if (left > 0) {
                left -= movePage(tx, conversation, left);
            }
        }
    }

    private static List<Long> noted(DSLContext db, Condition conversations) {
        return db.select(CONVERSATION.ID)
                .from(CONVERSATION)
                .where(CONVERSATION.MISPLACED_BEFORE.isNotNull())
                .and(conversations)
                .orderBy(CONVERSATION.ID)
                .fetch(CONVERSATION.ID);
    }

    private static void note(DSLContext tx, Collection<Long> conversations, String at, long id) {
        tx.execute(NOTE, Unnest.of(conversations).longs(c -> c), DSL.val(at), DSL.val(id));
    }

    /// @return how many were looked at; as many as there may be, if it has not come to the end
    private static int movePage(DSLContext tx, long conversation, int limit) {
        List<Found> page = read(tx, PAGE_OF, conversation, DSL.val(limit));
        if (!move(tx, conversation, page, limit)) {
            return limit;
        }
        if (page.size() == limit) {
            note(tx, List.of(conversation), page.getLast().at(), page.getLast().id());
        } else {
            end(tx, conversation);
        }
        return page.size();
    }

    private static List<Found> read(DSLContext tx, String which, long conversation, QueryPart of) {
        return tx.resultQuery(which, DSL.val(conversation), of, DSL.val(Long.MAX_VALUE))
                .fetch(row -> new Found(
                        row.get("id", long.class),
                        row.get("at", String.class),
                        Parties.withContact(row.get("account_id", long.class), row.get("contact_id", UUID.class)),
                        row.get("misplaced", boolean.class)));
    }

    /// @return false: the read marks do not meet yet, and nothing was moved
    private static boolean move(DSLContext tx, long conversation, List<Found> page, int limit) {
        Map<Long, Parties> found = misplaced(page);
        if (found.isEmpty()) {
            return true;
        }
        Map<Parties, Long> places = Conversations.findOrBegin(tx, new HashSet<>(found.values()));
        List<Row> rows = Messages.lock(tx, found.keySet());
        // these and no page: others may have come before them, and would push the last ones out of it
        QueryPart locked = Unnest.of(rows).longs(Row::id);
        Map<Long, Parties> still = misplaced(read(tx, THESE, conversation, locked)); // now that nobody changes them
        List<Row> moved = new ArrayList<>();
        for (Row row : rows) {
            if (still.containsKey(row.id())) {
                moved.add(row.in(place(places, still.get(row.id()))));
            }
        }
        Set<Long> touched = new TreeSet<>(places.values());
        touched.add(conversation);
        Conversations.lock(tx, touched);
        if (!ReadMarks.meet(tx, conversation, moved, limit)) {
            return false;
        }
        Messages.move(tx, moved);
        Conversations.receive(tx, changes(conversation, moved));
        Conversations.weigh(tx, touched);
        return true;
    }

    private static Map<Long, Parties> misplaced(List<Found> page) {
        Map<Long, Parties> misplaced = new HashMap<>();
        page.stream().filter(Found::misplaced).forEach(one -> misplaced.put(one.id(), one.parties()));
        return misplaced;
    }

    private static long place(Map<Parties, Long> places, Parties parties) {
        Long place = places.get(parties);
        if (place == null) {
            throw new Overtaken("another transaction told a content of somebody else's");
        }
        return place;
    }

    private static List<Change> changes(long conversation, List<Row> moved) {
        List<Change> changes = new ArrayList<>();
        for (Row row : moved) {
            if (row.countsAsUnread() && row.conversationId() != null) {
                changes.add(Change.gone(conversation, row.liveAt()));
                changes.add(Change.unread(row.conversationId(), row.liveAt()));
            }
        }
        return changes;
    }

    private static void end(DSLContext tx, long conversation) {
        if (tx.execute(LEAVE, DSL.val(conversation)) == 0) {
            tx.execute(END, DSL.val(conversation), DSL.val(Long.MAX_VALUE));
            Conversations.weigh(tx, List.of(conversation));
        }
    }
}
