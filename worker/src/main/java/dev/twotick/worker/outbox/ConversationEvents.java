package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.ResendScope.Position;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which kept events are about a conversation: those of a message that stands in it now, and those that name it. Their
/// pages do not say, so bodies are read.
final class ConversationEvents {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int PAGES = 100;

    private static final String NEXT_PAGES = """
            select p.raised_at, p.id, p.event_ids, p.account_ids, p.sizes, p.bodies
            from hook_page p
            where p.raised_at >= {0} and p.raised_at < {2} and (p.raised_at, p.id) >= ({0}, {1})
                and p.account_ids @> array[(select account_id from conversation where id = {3})]
            order by p.raised_at, p.id limit {4}
            """;

    /// @param events looked at
    /// @param ids those that are about it
    /// @param last up to the end of that page; empty: none
    /// @param isLast there are no more
    record Found(long events, Set<UUID> ids, Optional<Position> last, boolean isLast) {}

    /// From the page of `after` on, so that events before it may be among them.
    static Found next(DSLContext tx, ResendScope scope, Position after) {
        long conversation = scope.conversation().orElseThrow();
        List<Record> pages = List.copyOf(tx.fetch(
                NEXT_PAGES,
                val(after.raisedAt(), SQLDataType.INSTANT),
                val(after.page()),
                val(scope.before(), SQLDataType.INSTANT),
                val(conversation),
                val(PAGES)));
        Set<UUID> about = new HashSet<>();
        Map<UUID, UUID> messages = new HashMap<>(); // of each event
        long events = 0;
        for (Record page : pages) {
            events += sort(page, scope, conversation, about, messages);
        }
        Set<UUID> standing = standing(tx, conversation, Set.copyOf(messages.values()));
        messages.forEach((event, message) -> {
            if (standing.contains(message)) {
                about.add(event);
            }
        });
        Optional<Position> last = pages.isEmpty()
                ? Optional.empty()
                : Optional.of(new Position(
                                pages.getLast().get("raised_at", Instant.class),
                                pages.getLast().get("id", Long.class),
                                0)
                        .endOfPage());
        return new Found(events, about, last, pages.size() < PAGES);
    }

    private static long sort(
            Record page, ResendScope scope, long conversation, Set<UUID> about, Map<UUID, UUID> messages) {
        UUID[] ids = page.get("event_ids", UUID[].class);
        List<byte[]> bodies =
                PackedBodies.unpack(page.get("bodies", byte[].class), List.of(page.get("sizes", Integer[].class)));
        long events = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == null) {
                continue;
            }
            events++;
            if (!scope.ids().isEmpty() && !scope.ids().contains(ids[i])) {
                continue;
            }
            JsonNode data = JSON.readTree(bodies.get(i)).path("data");
            UUID message = uuid(data.path("id").stringValue(null));
            if (data.path("conversation_id").asLong(-1) == conversation) {
                about.add(ids[i]);
            } else if (message != null) {
                messages.put(ids[i], message);
            }
        }
        return events;
    }

    /// Ids of calls and templates stand in the same place, and are none of ours.
    private static @Nullable UUID uuid(@Nullable String text) {
        try {
            return text == null ? null : UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Set<UUID> standing(DSLContext tx, long conversation, Set<UUID> messages) {
        return messages.isEmpty()
                ? Set.of()
                : tx.resultQuery(
                                "select key from message where key = any ({0}) and conversation_id = {1}",
                                val(messages.toArray(UUID[]::new)), val(conversation))
                        .fetchSet(0, UUID.class);
    }

    private ConversationEvents() {}
}
