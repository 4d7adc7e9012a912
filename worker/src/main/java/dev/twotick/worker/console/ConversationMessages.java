package dev.twotick.worker.console;

import static java.util.stream.Collectors.toMap;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.twotick.db.HashedId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// What was said in a conversation, a page at a time, along `message_order_idx`. A page is so many rows, whatever they
/// are:
/// reactions, edits and deletions stand at the message that they are about, and not as messages of their own.
final class ConversationMessages {
    static final int PAGE = 60;
    private static final int SNIPPET = 120;

    private static final String MESSAGES = """
        select id, key, wamid, kind, direction, type, body, occurred_at, live_at, echoed_at, history_at, standby_at,
            registered_at, media_id, media_mime_type, media_sha256, media_filename, voice, latitude, longitude,
            location_name, location_address, reply_to_wamid, forwarded, group_id, from_wa_id, from_user_id,
            coalesce(from_user_id, from_wa_id) as sender, status, sent_at, delivered_at, read_at, played_at,
            failed_at, error_code, edited_at, revoked_at, payload_id, media_state, media_location
        from message left join lateral (
            select f.state as media_state, case when f.state = 'fetched' then f.location end as media_location
            from media f where f.message_id = message.id and f.media_id = message.media_id) f on true
        where conversation_id = {0} and {1}
        order by occurred_at desc, id desc limit {2}
        """;

    private static final String REACTIONS = """
        select message_id, emoji, count(*)::int as times from message_reaction
        where message_id = any ({0}) and emoji is not null group by message_id, emoji order by message_id, emoji
        """;

    private static final String QUOTED = """
        select key, id, conversation_id = {1} as here, type,
            case when revoked_at is null then left(body, {2}) end as body
        from message where key = any ({0})
        """;

    private static final String SENDERS = """
        select i.value, coalesce(p.saved_name, p.name, p.username, i.value) as name
        from account a
        join contact_identity i on i.business_id = a.business_id and i.kind in ('wa_id', 'user_id', 'parent_user_id')
        join contact p on p.id = i.contact_id
        where a.phone_number_id = {0} and i.value = any ({1})
        """;

    private final DSLContext db;

    ConversationMessages(DSLContext db) {
        this.db = db;
    }

    /// A message's place: those without a time of Meta's come first, as the index has them.
    record Place(@Nullable Instant at, long id) {
        static Place parse(String text) {
            int end = text.lastIndexOf('_');
            String at = end < 0 ? "" : text.substring(0, end);
            try {
                return new Place(at.isEmpty() ? null : Instant.parse(at), Long.parseLong(text.substring(end + 1)));
            } catch (DateTimeException | NumberFormatException e) {
                throw new IllegalArgumentException("This is no place in a conversation", e);
            }
        }

        @Override
        public String toString() {
            return (at == null ? "" : at) + "_" + id;
        }
    }

    /// @param bubbles the oldest first
    /// @param older before which message the page before goes on; null: the conversation begins here
    record Page(List<Bubble> bubbles, @Nullable Place older) {}

    Page page(ConversationRow conversation, Optional<Place> before) {
        Said said = said(conversation, before);
        Map<String, Bubble.Quote> quotes = quotes(conversation, said.shown());
        Map<String, String> senders = conversation.groupId() == null ? Map.of() : senders(conversation, said.shown());
        List<Bubble> bubbles = new ArrayList<>();
        for (Record row : said.shown()) {
            bubbles.add(bubble(row, said.reactions(), quotes, senders));
        }
        return new Page(bubbles.reversed(), said.older());
    }

    /// The same page for programs, the newest first.
    Listed<MessageRow> listed(ConversationRow conversation, Optional<Place> before) {
        Said said = said(conversation, before);
        List<MessageRow> messages = said.shown().stream()
                .map(row -> MessageRow.of(row, said.reactions().getOrDefault(row.get("id", Long.class), Map.of())))
                .toList();
        return new Listed<>(messages, said.older() == null ? null : String.valueOf(said.older()));
    }

    /// What stands on a page.
    private record Said(
            List<Record> shown,
            Map<Long, Map<String, Integer>> reactions,
            @Nullable Place older) {}

    private Said said(ConversationRow conversation, Optional<Place> before) {
        Result<Record> rows = db.resultQuery(
                        MESSAGES,
                        val(conversation.id()),
                        before.map(ConversationMessages::before).orElse(noCondition()),
                        val(PAGE))
                .fetch();
        List<Record> shown = rows.stream()
                .filter(row -> List.of("content", "system").contains(row.get("kind", String.class)))
                .toList();
        Record last = rows.size() < PAGE ? null : rows.getLast();
        return new Said(
                shown,
                reactions(shown),
                last == null ? null : new Place(last.get("occurred_at", Instant.class), last.get("id", Long.class)));
    }

    private static Condition before(Place place) {
        return place.at() == null
                ? condition("(occurred_at is not null or id < {0})", val(place.id()))
                : condition("(occurred_at, id) < ({0}, {1})", val(place.at(), SQLDataType.INSTANT), val(place.id()));
    }

    private static Bubble bubble(
            Record row,
            Map<Long, Map<String, Integer>> reactions,
            Map<String, Bubble.Quote> quotes,
            Map<String, String> senders) {
        Long id = row.get("id", Long.class);
        String sender = row.get("sender", String.class);
        String wamid = row.get("reply_to_wamid", String.class);
        return new Bubble(
                id,
                row.get("kind", String.class),
                "inbound".equals(row.get("direction", String.class)),
                sender == null || row.get("group_id", String.class) == null
                        ? null
                        : senders.getOrDefault(sender, sender),
                Objects.requireNonNullElse(row.get("type", String.class), ""),
                row.get("body", String.class),
                Bubble.media(row),
                wamid == null
                        ? null
                        : quotes.getOrDefault(wamid, new Bubble.Quote(null, "a message that is not known here")),
                Boolean.TRUE.equals(row.get("forwarded", Boolean.class)),
                origin(row),
                row.get("occurred_at", Instant.class),
                row.get("live_at", Instant.class),
                row.get("status", String.class),
                row.get("error_code", Integer.class),
                row.get("edited_at", Instant.class) != null,
                row.get("revoked_at", Instant.class) != null,
                reactions.getOrDefault(id, Map.of()),
                row.get("payload_id", UUID.class));
    }

    private static String origin(Record row) {
        if (row.get("live_at", Instant.class) != null || row.get("registered_at", Instant.class) != null) {
            return "";
        }
        return row.get("echoed_at", Instant.class) != null
                ? "from the app"
                : row.get("standby_at", Instant.class) != null
                        ? "while another had the turn"
                        : row.get("history_at", Instant.class) != null ? "from the history" : "";
    }

    private Map<Long, Map<String, Integer>> reactions(Collection<Record> rows) {
        Map<Long, Map<String, Integer>> reactions = new HashMap<>();
        Long[] ids = rows.stream().map(row -> row.get("id", Long.class)).toArray(Long[]::new);
        db.resultQuery(REACTIONS, val(ids))
                .forEach(row -> reactions
                        .computeIfAbsent(row.get("message_id", Long.class), _ -> new LinkedHashMap<>())
                        .put(row.get("emoji", String.class), row.get("times", Integer.class)));
        return reactions;
    }

    private Map<String, Bubble.Quote> quotes(ConversationRow conversation, Collection<Record> rows) {
        Map<UUID, String> wamids = rows.stream()
                .map(row -> row.get("reply_to_wamid", String.class))
                .filter(Objects::nonNull)
                .distinct()
                .collect(toMap(wamid -> HashedId.of(conversation.phoneNumberId(), wamid), wamid -> wamid));
        if (wamids.isEmpty()) {
            return Map.of();
        }
        Map<String, Bubble.Quote> quotes = new HashMap<>();
        db.resultQuery(QUOTED, val(wamids.keySet().toArray(UUID[]::new)), val(conversation.id()), val(SNIPPET))
                .forEach(row -> quotes.put(wamids.get(row.get("key", UUID.class)), quote(row)));
        return quotes;
    }

    private static Bubble.Quote quote(Record row) {
        String body = row.get("body", String.class);
        String type = row.get("type", String.class);
        boolean here = Boolean.TRUE.equals(row.get("here", Boolean.class));
        return new Bubble.Quote(
                here ? row.get("id", Long.class) : null,
                body != null && !body.isBlank() ? body : type == null ? "a message" : type);
    }

    private Map<String, String> senders(ConversationRow conversation, Collection<Record> rows) {
        String[] ids = rows.stream()
                .map(row -> row.get("sender", String.class))
                .filter(Objects::nonNull)
                .distinct()
                .toArray(String[]::new);
        Map<String, String> names = new HashMap<>(); // one value may be an id of two kinds
        db.resultQuery(SENDERS, val(conversation.phoneNumberId()), val(ids, SQLDataType.CLOB.array()))
                .forEach(row -> names.putIfAbsent(row.get("value", String.class), row.get("name", String.class)));
        return names;
    }
}
