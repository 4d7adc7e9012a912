package dev.twotick.worker.console.live;

import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.EventFeed.Told;
import dev.twotick.worker.outbox.EventPlace;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Makes frames of events. A status does not say which conversation it is of, so that is asked for, once for many.
final class LiveFrames {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String PLACES = """
            select m.key, m.conversation_id, c.contact_id
            from message m left join conversation c on c.id = m.conversation_id where m.key = any ({0})
            """;

    private final DSLContext db;

    LiveFrames(DSLContext db) {
        this.db = db;
    }

    /// Where a message stands.
    private record Place(
            @Nullable Long conversation, @Nullable UUID contact) {}

    private record Part(Told told, FrameType type, JsonNode body) {
        JsonNode data() {
            return body.path("data");
        }

        /// Of what is a status.
        Optional<UUID> message() {
            try {
                return Optional.of(UUID.fromString(data().path("id").stringValue("")));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    List<LiveFrame> of(List<Told> events) {
        List<Part> parts = new ArrayList<>();
        Set<UUID> statuses = new HashSet<>();
        for (Told told : events) {
            FrameType.ofEvent(told.event().type())
                    .ifPresent(type -> parts.add(
                            new Part(told, type, JSON.readTree(told.event().body()))));
        }
        for (Part part : parts) {
            if (part.type() == FrameType.MESSAGE_STATUS) {
                part.message().ifPresent(statuses::add);
            }
        }
        Map<UUID, Place> places = places(statuses);
        return parts.stream().map(part -> frame(part, places)).toList();
    }

    private Map<UUID, Place> places(Set<UUID> messages) {
        return messages.isEmpty()
                ? Map.of()
                : db.resultQuery(PLACES, val(messages.toArray(UUID[]::new), SQLDataType.UUID.array()))
                        .fetchMap(
                                row -> row.get("key", UUID.class),
                                row -> new Place(
                                        row.get("conversation_id", Long.class), row.get("contact_id", UUID.class)));
    }

    private static LiveFrame frame(Part part, Map<UUID, Place> places) {
        ObjectNode payload = JSON.createObjectNode();
        switch (part.type()) {
            case MESSAGE_NEW -> arrived(part, payload);
            case MESSAGE_STATUS -> reported(part, payload, places);
            case MESSAGE_CHANGED -> changed(part, payload);
            case CONTACT_NEW, CONTACT_UPDATED -> contact(part, payload);
            case APPLIED -> throw new IllegalStateException("no event is one");
        }
        JsonNode conversation = payload.path("conversation_id");
        String account = part.data().path("account").path("phone_number_id").stringValue(null);
        return new LiveFrame(
                part.told().place(),
                part.type(),
                account,
                conversation.isNumber() ? (Long) conversation.asLong() : null,
                text(part, account, payload));
    }

    private static String text(Part part, @Nullable String account, ObjectNode payload) {
        if (account != null) {
            payload.put("account", account);
        }
        payload.set("timestamp", part.body().path("timestamp"));
        ObjectNode frame = JSON.createObjectNode();
        frame.put("type", part.type().word());
        frame.put("id", part.told().place().toString());
        frame.put("event", part.told().event().key().id().toString());
        frame.set("payload", payload);
        return frame.toString();
    }

    private static void arrived(Part part, ObjectNode payload) {
        copy(part.data(), payload, "id", "contact_id", "conversation_id");
        String direction = part.data().path("direction").stringValue("");
        payload.put("direction", direction.equals("outbound") ? "outgoing" : "incoming");
        copy(part.data(), payload, "type");
        payload.set("content", JSON.createObjectNode().set("text", part.data().get("text")));
        copy(part.data(), payload, "wamid", "media_id", "reply_to_wamid");
    }

    private static void reported(Part part, ObjectNode payload, Map<UUID, Place> places) {
        copy(part.data(), payload, "id");
        part.message().flatMap(id -> Optional.ofNullable(places.get(id))).ifPresent(place -> {
            UUID contact = place.contact();
            Long conversation = place.conversation();
            if (contact != null) {
                payload.put("contact_id", contact.toString());
            }
            if (conversation != null) {
                payload.put("conversation_id", conversation);
            }
        });
        copy(part.data(), payload, "status", "current_status", "error_code", "wamid");
    }

    /// @see FrameType#MESSAGE_CHANGED
    private static void changed(Part part, ObjectNode payload) {
        payload.set("id", part.data().get("target_id"));
        copy(part.data(), payload, "contact_id", "conversation_id");
        payload.put(
                "change",
                part.told()
                        .event()
                        .type()
                        .replaceFirst("reaction.changed", "message.reaction")
                        .substring(8));
        copy(part.data(), payload, "text", "emoji", "reactor");
    }

    private static void contact(Part part, ObjectNode payload) {
        JsonNode data = part.data();
        if (data.has("into")) {
            payload.set("id", data.get("into"));
            payload.set("merged", data.get("from"));
            return;
        }
        payload.set("id", data.get("contact_id"));
        copy(data, payload, "profile_name", "saved_name", "username", "wa_id", "user_id", "version");
    }

    /// What is not known is left out.
    private static void copy(JsonNode from, ObjectNode to, String... members) {
        for (String member : members) {
            if (from.has(member)) {
                to.set(member, from.get(member));
            }
        }
    }

    /// What a socket is told first, and once a while if nothing else: where it stands.
    static String of(String type, EventPlace place) {
        ObjectNode frame = JSON.createObjectNode();
        frame.put("type", type);
        frame.put("id", place.toString());
        frame.set("payload", JSON.createObjectNode());
        return frame.toString();
    }

    /// There were events after what it has that are not kept.
    static String gone(EventPlace oldest, EventPlace latest) {
        ObjectNode frame = JSON.createObjectNode();
        frame.put("type", "gone");
        frame.set(
                "payload",
                JSON.createObjectNode().put("oldest", oldest.toString()).put("latest", latest.toString()));
        return frame.toString();
    }
}
