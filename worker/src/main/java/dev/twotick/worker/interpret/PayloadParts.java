package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.whatsapp.NumberSpelling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A payload cut into payloads: of some of its changes, or of one item. What is cut out is written as Meta writes it
/// ([WireForm]): an item with what its value says of all (`metadata`), and with those of `contacts[]` whom it names.
public final class PayloadParts {
    private static final String CONTACTS = "contacts";
    private static final String STANDBY = "standby";
    private static final String VALUE = "value";

    /// Where a fact stands: its entry, change, list and place there.
    private static final Pattern FACT = Pattern.compile(
            "entry\\[(\\d+)](?:\\.changes\\[(\\d+)](?:\\.value(\\.standby)?\\.([^.\\[]+)\\[(\\d+)])?)?.*",
            Pattern.DOTALL);

    private static final int ENTRY = 1;
    private static final int CHANGE = 2;
    private static final int INSIDE = 3;
    private static final int LIST = 4;
    private static final int ITEM = 5;
    private static final int NONE = -1;

    /// A payload of its own.
    ///
    /// @param path  where it stood in the other; empty for all of that
    /// @param field of its changes
    public record Part(String path, String field, byte[] body) {}

    private final byte[] body;
    private final Json.Obj payload;
    private final List<Change> changes = new ArrayList<>();
    private final IdentityHashMap<Json, Set<String>> ids = new IdentityHashMap<>();

    private PayloadParts(byte[] body, Json.Obj payload) {
        this.body = body;
        this.payload = payload;
        List<Json> entries = payload.array("entry");
        for (int i = 0; i < entries.size(); i++) {
            addChanges(i, entries.get(i));
        }
    }

    /// @param body in which [PayloadInterpreter] finds facts
    public static PayloadParts of(byte[] body) {
        if (JsonReader.read(new String(body, UTF_8)) instanceof Json.Obj payload) {
            return new PayloadParts(body, payload);
        }
        throw new IllegalArgumentException("a payload that is not an object has no parts");
    }

    /// What [Redaction] has left of a payload, without the places that it keeps empty, which nobody but us expects.
    ///
    /// @return nothing where nothing is left
    public static byte[] withoutGaps(byte[] redacted) {
        String text = new String(redacted, UTF_8);
        Json payload = text.equals(Redaction.NOTHING_LEFT) ? null : JsonReader.read(text);
        StringBuilder out = new StringBuilder();
        if (payload != null) {
            appendWithoutGaps("", payload, out);
        }
        return out.toString().getBytes(US_ASCII);
    }

    private static void appendWithoutGaps(String name, Json value, StringBuilder out) {
        switch (value) {
            case Json.Obj object ->
                WireForm.appendObject(object, out, (key, member, to) -> {
                    appendWithoutGaps(key, member, to);
                    return true;
                });
            case Json.Arr array ->
                WireForm.appendArray(
                        array.items().stream()
                                .filter(item -> !isGap(name, item))
                                .toList(),
                        out,
                        (item, to) -> appendWithoutGaps("", item, to));
            case Json.Str _, Json.Num _, Json.Word _, Json.Deep _ -> WireForm.append(value, out);
        }
    }

    private static boolean isGap(String name, Json item) {
        return item.isNull()
                || (name.equals(CONTACTS)
                        && item instanceof Json.Obj contact
                        && contact.members().isEmpty());
    }

    /// @param entry its place
    /// @param place in the entry; [#NONE]: an entry without changes
    /// @param lists the keys under which its value may have items
    private record Change(
            int entry,
            int place,
            Json element,
            String field,
            String account,
            Json.@Nullable Obj value,
            Set<String> lists) {
        String path() {
            return "entry[" + entry + "]" + (place == NONE ? "" : ".changes[" + place + "]");
        }

        int items() {
            return value == null ? 0 : items(value) + items(value.object(STANDBY));
        }

        private int items(Json.@Nullable Obj holder) {
            return holder == null
                    ? 0
                    : lists.stream().mapToInt(list -> holder.array(list).size()).sum();
        }
    }

    private void addChanges(int place, Json element) {
        Json.Obj entry = element instanceof Json.Obj object ? object : null;
        List<Json> elements = entry == null ? List.of() : entry.array("changes");
        if (entry == null || elements.isEmpty()) {
            changes.add(change(place, NONE, element, Origin.Entry.NONE, null, null));
            return;
        }
        for (int i = 0; i < elements.size(); i++) {
            Json.Obj change = elements.get(i) instanceof Json.Obj object ? object : null;
            String field = change == null ? null : PayloadReader.fieldName(change, entry);
            Json.Obj value = change == null ? null : change.object(VALUE);
            changes.add(change(place, i, elements.get(i), Origin.Entry.of(entry), field, value));
        }
    }

    private static Change change(
            int entry, int place, Json element, Origin.Entry from, @Nullable String named, Json.@Nullable Obj value) {
        String field = named == null ? Origin.UNKNOWN_FIELD : named;
        String account = Origin.of(from, field, value).account().phoneNumberId().value();
        Set<String> lists = value == null ? Set.of() : ItemLists.names(value, field);
        return new Change(entry, place, element, field, account, value, lists);
    }

    /// What of it is of this field; empty where nothing is.
    public Optional<Part> ofField(String field) {
        return of(field, change -> change.field.equals(field));
    }

    /// What of it is of this field and about this account; empty where nothing is.
    public Optional<Part> ofAccount(String field, String phoneNumberId) {
        return of(field, change -> change.field.equals(field) && change.account.equals(phoneNumberId));
    }

    private Optional<Part> of(String field, Predicate<Change> chosen) {
        List<Change> kept = changes.stream().filter(chosen).toList();
        return kept.isEmpty() ? Optional.empty() : Optional.of(new Part("", field, written(kept, WireForm::append)));
    }

    /// The item that a fact was read from, in a payload of its own: the whole payload, byte for byte, where it is the
    /// only one; the whole change where that has no other. What stands beside several items is one together.
    ///
    /// @param path of the fact
    /// @return empty for what stands beside the entries
    public Optional<Part> itemOf(String path) {
        if (changes.size() == 1 && changes.getFirst().items() <= 1) {
            return Optional.of(new Part("", changes.getFirst().field, body));
        }
        Matcher at = FACT.matcher(path);
        return at.matches()
                ? changeAt(number(at, ENTRY), number(at, CHANGE)).map(change -> itemOf(change, at))
                : Optional.empty();
    }

    private Optional<Change> changeAt(int entry, int place) {
        return changes.stream()
                .filter(change -> change.entry == entry && change.place == place)
                .findFirst();
    }

    private Part itemOf(Change change, Matcher at) {
        if (change.items() <= 1) {
            return new Part(change.path(), change.field, written(List.of(change), WireForm::append));
        }
        boolean inside = at.group(INSIDE) != null;
        Json.Obj holder = inside && change.value != null ? change.value.object(STANDBY) : change.value;
        String list = at.group(LIST);
        Json item = holder == null || list == null || !change.lists.contains(list)
                ? null
                : holder.array(list).get(number(at, ITEM));
        String path = item == null ? change.path() : at.group().substring(0, at.end(ITEM) + 1);
        Cut cut = new Cut(change.lists, inside, list, item);
        return new Part(
                path, change.field, written(List.of(change), (element, out) -> appendChange(element, cut, out)));
    }

    private static int number(Matcher at, int group) {
        return at.group(group) == null ? NONE : Integer.parseInt(at.group(group));
    }

    /// What of a value is kept.
    ///
    /// @param inside whether the item is in the value's `standby`
    /// @param item   null: what is in none of the lists
    private record Cut(
            Set<String> lists,
            boolean inside,
            @Nullable String list,
            @Nullable Json item) {
        boolean keeps(String name, Json member) {
            boolean list = member instanceof Json.Arr && lists.contains(name);
            boolean single = !(member instanceof Json.Obj || member instanceof Json.Arr);
            return item == null ? !list : single || name.equals("metadata");
        }
    }

    private void appendChange(Json element, Cut cut, StringBuilder out) {
        if (element instanceof Json.Obj change) {
            WireForm.appendObject(change, out, (name, member, to) -> {
                if (name.equals(VALUE) && member instanceof Json.Obj value) {
                    appendValue(value, true, cut, to);
                } else {
                    WireForm.append(member, to);
                }
                return true;
            });
        }
    }

    private void appendValue(Json.Obj value, boolean outermost, Cut cut, StringBuilder out) {
        WireForm.appendObject(value, out, (name, member, to) -> {
            if (cut.item != null && name.equals(CONTACTS)) {
                List<Json> named = named(value.array(CONTACTS), cut.item);
                WireForm.appendArray(named, to, WireForm::append);
                return !named.isEmpty();
            }
            if (cut.item != null && name.equals(cut.list) && cut.inside != outermost) {
                WireForm.appendArray(List.of(cut.item), to, WireForm::append);
                return true;
            }
            if (outermost && name.equals(STANDBY) && member instanceof Json.Obj standby) {
                appendValue(standby, false, cut, to);
                return cut.inside || cut.item == null;
            }
            WireForm.append(member, to);
            return cut.keeps(name, member);
        });
    }

    /// Whom the item names by its own ids; never whoever stands at its place.
    private List<Json> named(List<Json> contacts, Json item) {
        Set<String> named = ids(item);
        return contacts.stream()
                .filter(contact -> !Collections.disjoint(ids(contact), named))
                .toList();
    }

    private Set<String> ids(Json holder) {
        return ids.computeIfAbsent(holder, _ -> {
            Set<String> found = new HashSet<>();
            if (holder instanceof Json.Obj object) {
                object.members().forEach((name, value) -> {
                    String id = PersonIds.idOf(name, value);
                    if (id != null) {
                        found.add(NumberSpelling.canonical(id));
                    }
                });
            }
            return found;
        });
    }

    /// A payload of these changes, each as `change` writes it. All that stands beside the entries and beside their
    /// changes stays.
    private byte[] written(List<Change> kept, BiConsumer<Json, StringBuilder> change) {
        StringBuilder out = new StringBuilder();
        WireForm.appendObject(payload, out, (name, member, to) -> {
            if (name.equals("entry")) {
                List<Integer> entries =
                        kept.stream().map(Change::entry).distinct().toList();
                WireForm.appendArray(
                        entries,
                        to,
                        (entry, into) -> appendEntry(
                                payload.array("entry").get(entry),
                                kept.stream().filter(one -> one.entry == entry).toList(),
                                change,
                                into));
            } else {
                WireForm.append(member, to);
            }
            return true;
        });
        return out.toString().getBytes(US_ASCII);
    }

    private static void appendEntry(
            Json element, List<Change> kept, BiConsumer<Json, StringBuilder> change, StringBuilder out) {
        if (!(element instanceof Json.Obj entry) || kept.getFirst().place == NONE) {
            WireForm.append(element, out);
            return;
        }
        WireForm.appendObject(entry, out, (name, member, to) -> {
            if (name.equals("changes")) {
                WireForm.appendArray(kept.stream().map(Change::element).toList(), to, change);
            } else {
                WireForm.append(member, to);
            }
            return true;
        });
    }
}
