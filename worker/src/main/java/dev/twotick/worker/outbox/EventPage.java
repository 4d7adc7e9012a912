package dev.twotick.worker.outbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Events of one transaction that are kept together: a row of `hook_page`. Alike as they are, sixteen of them take half
/// the room, and a sixth of the time to pack, of sixteen that are packed one by one.
record EventPage(List<Entry> entries) {
    /// Between apps, in no name of one.
    static final String SEPARATOR = "\u001f";

    private static final int MOST_EVENTS = 16;
    /// Who wants one event unpacks its page.
    private static final int MOST_BYTES = 32 * 1024;

    /// @param page which page of its transaction it is on, from 1
    /// @param place on it, from 1
    /// @param typeOf the place of its type among the page's, from 1
    record Entry(HookEvent event, UUID id, byte[] body, int page, int place, int typeOf) {}

    EventPage {
        entries = List.copyOf(entries);
    }

    /// Each event once, in their order.
    static List<EventPage> of(List<HookEvent> events) {
        Map<UUID, HookEvent> byId = new LinkedHashMap<>();
        events.forEach(event -> byId.putIfAbsent(event.id(), event));
        List<EventPage> pages = new ArrayList<>();
        List<Entry> page = new ArrayList<>();
        List<String> types = new ArrayList<>();
        int bytes = 0;
        for (Map.Entry<UUID, HookEvent> each : byId.entrySet()) {
            byte[] body = each.getValue().bodyBytes();
            if (page.size() == MOST_EVENTS || (!page.isEmpty() && bytes + body.length > MOST_BYTES)) {
                pages.add(new EventPage(page));
                page.clear();
                types.clear();
                bytes = 0;
            }
            String type = each.getValue().type();
            if (!types.contains(type)) {
                types.add(type);
            }
            page.add(new Entry(
                    each.getValue(), each.getKey(), body, pages.size() + 1, page.size() + 1, types.indexOf(type) + 1));
            bytes += body.length;
        }
        if (!page.isEmpty()) {
            pages.add(new EventPage(page));
        }
        return pages;
    }

    /// The apps of its events, in their order, with empty ones for those without; null where all are.
    @Nullable
    String apps() {
        return entries.stream().allMatch(entry -> entry.event().app() == null)
                ? null
                : entries.stream()
                        .map(entry -> Objects.requireNonNullElse(entry.event().app(), ""))
                        .collect(Collectors.joining(SEPARATOR));
    }

    List<byte[]> bodies() {
        return entries.stream().map(Entry::body).toList();
    }

    /// The types that it has, each once, in the order of [Entry#typeOf].
    List<String> types() {
        return entries.stream().map(entry -> entry.event().type()).distinct().toList();
    }
}
