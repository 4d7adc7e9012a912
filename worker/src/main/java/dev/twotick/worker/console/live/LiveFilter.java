package dev.twotick.worker.console.live;

import dev.twotick.worker.outbox.EventPlace;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What a socket wants.
///
/// @param after the events after that one; empty: those to come
/// @param accounts phone number ids; none: all
/// @param conversations none: all, and contacts besides
record LiveFilter(Optional<EventPlace> after, Set<FrameType> types, Set<String> accounts, Set<Long> conversations) {
    private static final int MOST = 1_000;

    LiveFilter {
        types = types.isEmpty() ? FrameType.USUAL : Set.copyOf(types);
        accounts = Set.copyOf(accounts);
        conversations = Set.copyOf(conversations);
        if (accounts.size() > MOST || conversations.size() > MOST) {
            throw new IllegalArgumentException("at most " + MOST + " accounts and as many conversations");
        }
    }

    /// As an address says it: several of a kind with commas, or one by one.
    ///
    /// @throws IllegalArgumentException when it cannot be
    static LiveFilter of(Map<String, List<String>> query) {
        return of(
                parts(query, "after").findFirst(),
                parts(query, "type").toList(),
                parts(query, "account").toList(),
                parts(query, "conversation").toList());
    }

    private static Stream<String> parts(Map<String, List<String>> query, String name) {
        return query.getOrDefault(name, List.of()).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    /// As the first frame says it.
    ///
    /// @throws IllegalArgumentException when it cannot be
    static LiveFilter of(JsonNode payload) {
        JsonNode place = payload.path("after");
        if (!place.isMissingNode() && !place.isNull() && !place.isString()) {
            throw new IllegalArgumentException("after is the id of a frame, a text");
        }
        String after = place.stringValue("");
        return of(
                after.isEmpty() ? Optional.empty() : Optional.of(after),
                texts(payload.path("types")),
                texts(payload.path("accounts")),
                texts(payload.path("conversations")));
    }

    private static List<String> texts(JsonNode list) {
        if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
            throw new IllegalArgumentException("types, accounts and conversations are lists");
        }
        return list.valueStream().map(JsonNode::asString).toList();
    }

    private static LiveFilter of(
            Optional<String> after,
            Collection<String> types,
            Collection<String> accounts,
            Collection<String> conversations) {
        return new LiveFilter(
                after.map(EventPlace::parse),
                types.stream().map(LiveFilter::type).collect(Collectors.toSet()),
                Set.copyOf(accounts),
                conversations.stream().map(LiveFilter::number).collect(Collectors.toSet()));
    }

    private static FrameType type(String word) {
        return FrameType.ofWord(word).orElseThrow(() -> new IllegalArgumentException("no such type of frame"));
    }

    private static Long number(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("a conversation is a number");
        }
        return Long.valueOf(text);
    }

    boolean wants(LiveFrame frame) {
        return types.contains(frame.type())
                && (accounts.isEmpty() || (frame.account() != null && accounts.contains(frame.account())))
                && (conversations.isEmpty()
                        || (frame.conversation() != null && conversations.contains(frame.conversation())));
    }

    boolean wantsEvents() {
        return types.stream().anyMatch(type -> type != FrameType.APPLIED);
    }

    boolean wantsHints() {
        return types.contains(FrameType.APPLIED);
    }
}
