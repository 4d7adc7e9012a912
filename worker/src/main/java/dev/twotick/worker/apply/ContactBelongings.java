package dev.twotick.worker.apply;

import dev.twotick.db.Unnest;
import dev.twotick.worker.messages.Conversations;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.notices.ContactPreferences;
import dev.twotick.worker.notices.SignupSubscriptions;
import dev.twotick.worker.people.Belongings.Move;
import dev.twotick.worker.people.Identity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/// Has everything that belongs to an id follow it to its contact. Every table that refers to `contact` is
/// dealt with here, or by a class that this one calls; a test compares them with the foreign keys that there
/// are.
public final class ContactBelongings {

    /// Messages to be moved between conversations: those of one id, or all.
    private record Transfer(
            long source, @Nullable String kind, @Nullable String value, long target) {}

    /// @param merged  contacts that are no more, and which each proved to be
    /// @param touched contacts that gained or lost ids
    public static void follow(DSLContext tx, List<Move> moves, NavigableMap<UUID, UUID> merged, Set<UUID> touched) {
        Set<Long> recounted = new TreeSet<>(handOver(tx, merged));
        recounted.addAll(transfer(tx, paths(moves, merged)));
        recounted.addAll(transfer(tx, remains(merged)));
        recounted.addAll(Conversations.of(tx, merged.keySet()));
        recounted.addAll(windows(tx, moves));
        Conversations.recount(tx, recounted);
        ContactPreferences.derive(tx, touched);
        SignupSubscriptions.derive(tx, touched, merged);
    }

    /// Where the messages of an id may stand now, and which contact's they are.
    private record Path(@Nullable Identity identity, UUID here, UUID to) {}

    private static Collection<Path> paths(List<Move> moves, Map<UUID, UUID> merged) {
        Set<Path> paths = new HashSet<>();
        for (Move move : moves) {
            Stream.of(move.from(), merged.getOrDefault(move.from(), move.from()))
                    .filter(here -> !here.equals(move.to()))
                    .forEach(here -> paths.add(new Path(move.identity(), here, move.to())));
        }
        return paths;
    }

    /// Messages of which nobody knows by which id the other side was named.
    private static Collection<Path> remains(Map<UUID, UUID> merged) {
        List<Path> paths = new ArrayList<>();
        merged.forEach((from, into) -> paths.add(new Path(null, from, into)));
        return paths;
    }

    /// A whole conversation becomes the other contact's, where that one has none: the messages need not move.
    private static List<Long> handOver(DSLContext tx, NavigableMap<UUID, UUID> merged) {
        if (merged.isEmpty()) {
            return List.of();
        }
        return tx.resultQuery(
                        """
                        update conversation c set contact_id = x.into_id
                        from (
                            select distinct on (c.account_id, m.into_id) c.id, m.into_id
                            from unnest({0}, {1}) as m (from_id, into_id)
                            join conversation c on c.contact_id = m.from_id
                            where not exists (
                                select from conversation t where t.account_id = c.account_id and t.contact_id = m.into_id)
                            order by c.account_id, m.into_id, c.id) x
                        where c.id = x.id
                        returning c.id
                        """,
                        Unnest.of(merged.keySet()).uuids(id -> id),
                        Unnest.of(merged.values()).uuids(id -> id))
                .fetch(row -> row.get(0, Long.class));
    }

    /// @return the conversations that lost or gained messages
    private static Set<Long> transfer(DSLContext tx, Collection<Path> paths) {
        if (paths.isEmpty()) {
            return Set.of();
        }
        List<Path> rows = List.copyOf(paths);
        Unnest<Path> columns = Unnest.of(rows);
        record Source(long conversation, long account, Path path) {}
        List<Source> sources = tx.resultQuery(
                        """
                        select c.id, c.account_id, p.place
                        from unnest({0}, {1}, {2}) with ordinality as p (kind, value, here, place)
                        join conversation c on c.contact_id = p.here
                        where exists (
                            select from message m where m.conversation_id = c.id
                                and (p.kind is null or m.peer_kind = p.kind and m.peer_value = p.value))
                        order by c.id, p.place
                        """,
                        columns.texts(
                                p -> p.identity() == null ? null : p.identity().kind()),
                        columns.texts(
                                p -> p.identity() == null ? null : p.identity().value()),
                        columns.uuids(Path::here))
                .fetch(row -> new Source(
                        row.get(0, long.class), row.get(1, long.class), rows.get(row.get(2, int.class) - 1)));
        if (sources.isEmpty()) {
            return Set.of();
        }
        Set<Parties> parties = new HashSet<>();
        sources.forEach(source ->
                parties.add(Parties.withContact(source.account(), source.path().to())));
        Map<Parties, Long> targets = Conversations.findOrBegin(tx, parties);
        List<Transfer> transfers = new ArrayList<>();
        Set<Long> touched = new TreeSet<>(targets.values());
        for (Source source : sources) {
            Identity identity = source.path().identity();
            Long target = targets.get(
                    Parties.withContact(source.account(), source.path().to()));
            if (target != null) {
                transfers.add(new Transfer(
                        source.conversation(),
                        identity == null ? null : identity.kind(),
                        identity == null ? null : identity.value(),
                        target));
            }
            touched.add(source.conversation());
        }
        moveMarks(tx, transfers);
        moveMessages(tx, transfers);
        return touched;
    }

    /// A call opens the window of the contact who has its id now.
    ///
    /// @return the conversations in which that may have changed
    private static Set<Long> windows(DSLContext tx, List<Move> moves) {
        Unnest<Move> columns = Unnest.of(moves);
        Set<Parties> parties = new HashSet<>();
        Set<UUID> from = new HashSet<>();
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
                .forEach(row -> {
                    Move move = moves.get(row.get(1, int.class) - 1);
                    parties.add(Parties.withContact(row.get(0, long.class), move.to()));
                    from.add(move.from());
                });
        if (parties.isEmpty()) {
            return Set.of();
        }
        Set<Long> conversations = new TreeSet<>(Conversations.of(tx, from));
        conversations.addAll(Conversations.findOrBegin(tx, parties).values());
        return conversations;
    }

    /// How far the conversation was read: as far as either was, but no unread message becomes a read one.
    private static void moveMarks(DSLContext tx, List<Transfer> transfers) {
        tx.execute("""
                with t as (select * from unnest({0}, {1}, {2}, {3}) as t (source, kind, value, target)),
                unread as (
                    select t.target, m.live_at
                    from t join conversation s on s.id = t.source join message m on m.conversation_id = s.id
                    where (t.kind is null or m.peer_kind = t.kind and m.peer_value = t.value)
                        and m.kind = 'content' and m.live_at > coalesce(s.read_up_to, '-infinity')
                    union all
                    select c.id, m.live_at
                    from (select distinct target from t) x join conversation c on c.id = x.target
                    join message m on m.conversation_id = c.id
                    where m.kind = 'content' and m.live_at > coalesce(c.read_up_to, '-infinity')),
                marks as (
                    select t.target, max(s.read_up_to) as mark
                    from t join conversation s on s.id = t.source group by t.target)
                update conversation c
                set read_up_to = least(greatest(c.read_up_to, k.mark),
                    (select min(u.live_at) - interval '1 microsecond' from unread u where u.target = c.id))
                from marks k
                where c.id = k.target and greatest(c.read_up_to, k.mark) is not null
                """, columns(transfers));
    }

    private static void moveMessages(DSLContext tx, List<Transfer> transfers) {
        tx.execute("""
                update message m set conversation_id = t.target
                from unnest({0}, {1}, {2}, {3}) as t (source, kind, value, target)
                where m.conversation_id = t.source
                    and (t.kind is null or m.peer_kind = t.kind and m.peer_value = t.value)
                """, columns(transfers));
    }

    private static Field<?>[] columns(List<Transfer> transfers) {
        Unnest<Transfer> columns = Unnest.of(transfers);
        return new Field<?>[] {
            columns.longs(Transfer::source),
            columns.texts(Transfer::kind),
            columns.texts(Transfer::value),
            columns.longs(Transfer::target)
        };
    }

    private ContactBelongings() {}
}
