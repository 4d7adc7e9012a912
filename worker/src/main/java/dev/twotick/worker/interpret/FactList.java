package dev.twotick.worker.interpret;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Gathers the facts of one payload, and makes notices of what has no table of its own.
final class FactList {

    /// Meta batches at most 1,000 updates. A payload with more oddities than this is kept once, whole, instead of in
    /// millions of pieces.
    static final int MAX_NOTICES = 2_000;

    /// Longer keys do not become part of a path, which is a key of the database.
    private static final int MAX_NAME_IN_PATH = 64;

    private final Json.Obj payload;
    private final List<Fact> facts = new ArrayList<>();
    private int notices;

    FactList(Json.Obj payload) {
        this.payload = payload;
    }

    int size() {
        return facts.size();
    }

    List<Fact> all() {
        return facts;
    }

    void add(Fact fact) {
        facts.add(fact);
    }

    /// Keeps the value, unless it is JSON's null, which says nothing.
    void notice(Origin origin, String path, Json value) {
        if (!value.isNull() && isRoom()) {
            add(noticed(origin, path, CanonicalJson.of(value), PostgresText.json(value), timeOf(value, origin)));
        }
    }

    /// Keeps a part of an item; all of it decides whether it was kept before.
    void noticePart(Origin origin, String path, Json.Obj item, Json.Obj part) {
        if (!part.members().isEmpty() && isRoom()) {
            add(noticed(origin, path, CanonicalJson.of(item), PostgresText.json(part), timeOf(part, origin)));
        }
    }

    /// Keeps the payload as a whole.
    void noticePayload() {
        add(noticedPayload());
    }

    /// Keeps members that are not understood, each as an object with that one member; and of equal keys those that lost
    /// to the last.
    void noticeOthers(Json.Obj object, String path, Origin origin, BiPredicate<String, Json> understood) {
        object.members().forEach((name, value) -> {
            if (!isNothing(value) && !understood.test(name, value)) {
                noticeMember(origin, path, name, value);
            }
        });
        for (Json.Member member : object.shadowed()) {
            Json last = object.members().get(member.name());
            if (!isNothing(member.value())
                    && (last == null || !last.text().equals(member.value().text()))) {
                noticeMember(origin, path, member.name(), member.value());
            }
        }
    }

    private void noticeMember(Origin origin, String path, String name, Json value) {
        if (isRoom()) {
            String clean = PostgresText.clean(name);
            String start = '{' + PostgresText.quoted(clean) + ':';
            String step = clean.length() <= MAX_NAME_IN_PATH ? clean : "(a key of " + clean.length() + " characters)";
            add(noticed(
                    origin,
                    path.isEmpty() ? step : path + '.' + step,
                    start + CanonicalJson.of(value) + '}',
                    start + PostgresText.json(value) + '}',
                    timeOf(value, origin)));
        }
    }

    private boolean isRoom() {
        notices++;
        if (notices == MAX_NOTICES) {
            add(noticedPayload());
        }
        return notices < MAX_NOTICES;
    }

    private Fact.Noticed noticedPayload() {
        Origin origin = Origin.of(Origin.Entry.NONE, Origin.UNKNOWN_FIELD, null);
        return noticed(origin, "payload", CanonicalJson.of(payload), PostgresText.json(payload), null);
    }

    private static Fact.Noticed noticed(
            Origin origin, String path, String canonical, String raw, @Nullable Instant occurredAt) {
        String key = FactKey.content(origin, canonical, occurredAt);
        byte[] digest = CanonicalJson.digest(canonical);
        return new Fact.Noticed(
                new Fact.Item(path, key, digest, origin.account(), occurredAt, raw), origin.field(), null);
    }

    private static @Nullable Instant timeOf(Json value, Origin origin) {
        Instant own = value instanceof Json.Obj object ? MetaTime.of(object.get("timestamp")) : null;
        return own == null ? origin.entry().time() : own;
    }

    private static boolean isNothing(Json value) {
        return switch (value) {
            case Json.Obj object -> object.members().isEmpty();
            case Json.Arr array -> array.items().isEmpty();
            case Json.Word word -> word.isNull();
            case Json.Str _, Json.Num _, Json.Deep _ -> false;
        };
    }
}
