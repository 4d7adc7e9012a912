package dev.twotick.worker.messages;

import dev.twotick.db.Unnest;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.people.Belongings.Move;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;

/// Has conversations follow the ids of those whom they are with. Their messages come after, see [MisplacedMessages].
public final class ConversationHandover {

    /// @param tx     has the people lock alone
    /// @param merged contacts that are no more, and which each proved to be
    public static void follow(DSLContext tx, List<Move> moves, NavigableMap<UUID, UUID> merged) {
        Set<UUID> left = new TreeSet<>(merged.keySet());
        moves.forEach(move -> left.add(move.from()));
        Map<Long, UUID> conversations = Conversations.of(tx, left);
        Set<Long> misplaced = new TreeSet<>(handOver(tx, merged));
        conversations.forEach((conversation, from) -> {
            UUID holder = merged.getOrDefault(from, from);
            if (moves.stream()
                    .anyMatch(move -> move.from().equals(from) && !move.to().equals(holder))) {
                misplaced.add(conversation);
            }
        });
        MisplacedMessages.note(tx, misplaced);
        Set<Long> weighed = new TreeSet<>(conversations.keySet());
        weighed.addAll(opened(tx, moves));
        Conversations.lock(tx, weighed);
        Conversations.weigh(tx, weighed);
        MisplacedMessages.moveFirst(tx, misplaced);
    }

    /// The conversations of those who are no more become those of whom they proved to be. Where there is one already,
    /// the messages of any other go there.
    ///
    /// @return those others
    private static List<Long> handOver(DSLContext tx, NavigableMap<UUID, UUID> merged) {
        if (merged.isEmpty()) {
            return List.of();
        }
        return tx
                .resultQuery(
                        """
                        update conversation c set contact_id = x.into_id, leaving = x.leaving
                        from (
                            select c.id, m.into_id,
                                c.leaving
                                    or row_number() over (
                                        partition by c.account_id, m.into_id, c.leaving order by c.id) > 1
                                    or exists (
                                        select from conversation t where t.account_id = c.account_id
                                            and t.contact_id = m.into_id and not t.leaving) as leaving
                            from unnest({0}, {1}) as m (from_id, into_id)
                            join conversation c on c.contact_id = m.from_id) x
                        where c.id = x.id
                        returning c.id, c.leaving
                        """,
                        Unnest.of(merged.keySet()).uuids(id -> id),
                        Unnest.of(merged.values()).uuids(id -> id))
                .stream()
                .filter(row -> row.get(1, boolean.class))
                .map(row -> row.get(0, Long.class))
                .toList();
    }

    /// A call opens the window of the contact who has its id now.
    ///
    /// @return the conversations in which that may be so
    private static Collection<Long> opened(DSLContext tx, List<Move> moves) {
        Unnest<Move> columns = Unnest.of(moves);
        Set<Parties> parties = new HashSet<>();
        tx.resultQuery(
                        """
                        select a.id, m.place from unnest({0}, {1}, {2}) with ordinality as m (business, kind, value, place)
                        join account a on a.business_id = m.business
                        where exists (
                            select from call k where k.account_id = a.id and k.peer_kind = m.kind
                                and k.peer_value = m.value and k.opened_at is not null)
                        """,
                        columns.longs(move -> move.identity().businessId()),
                        columns.texts(move -> move.identity().kind()),
                        columns.texts(move -> move.identity().value()))
                .forEach(row -> parties.add(Parties.withContact(
                        row.get(0, long.class),
                        moves.get(row.get(1, int.class) - 1).to())));
        return parties.isEmpty()
                ? List.of()
                : Conversations.findOrBegin(tx, parties).values();
    }

    private ConversationHandover() {}
}
