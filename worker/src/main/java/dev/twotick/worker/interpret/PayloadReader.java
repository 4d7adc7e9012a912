package dev.twotick.worker.interpret;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Walks a payload's envelope: every entry, every change. A level that yields nothing is kept whole.
final class PayloadReader {
    private static final String WHATSAPP = "whatsapp_business_account";
    /// What `./twotick check` posts to see whether it arrives: it tells of nothing.
    private static final String CHECK = "twotick_check";

    /// Meta's longest field name has 38 characters.
    private static final int MAX_FIELD_LENGTH = 128;

    /// Meta has some 40 fields, and a payload usually one.
    private static final int MAX_FIELDS = 1_000;

    private final Json.Obj payload;
    private final FactList facts;
    private final Set<String> fields = new LinkedHashSet<>();

    PayloadReader(Json.Obj payload) {
        this.payload = payload;
        this.facts = new FactList(payload);
    }

    Interpretation.Facts read() {
        if (payload.get("object") instanceof Json.Str object && object.value().equals(CHECK)) {
            return new Interpretation.Facts(List.of(), List.of());
        }
        if (isOfWhatsapp()) {
            Origin origin = Origin.of(Origin.Entry.NONE, Origin.UNKNOWN_FIELD, null);
            facts.noticeOthers(payload, "", origin, (name, value) -> switch (name) {
                case "object" -> value instanceof Json.Str;
                case "entry" -> value instanceof Json.Arr;
                default -> false;
            });
            List<Json> entries = payload.array("entry");
            for (int i = 0; i < entries.size(); i++) {
                readEntry(entries.get(i), "entry[" + i + "]");
            }
        }
        if (facts.size() == 0) {
            facts.noticePayload();
        }
        return new Interpretation.Facts(facts.all(), List.copyOf(fields));
    }

    /// A payload that does not say what it is about is read as WhatsApp's; one of another product is kept whole.
    private boolean isOfWhatsapp() {
        return !(payload.get("object") instanceof Json.Str object)
                || object.value().equals(WHATSAPP);
    }

    private void readEntry(Json element, String path) {
        if (!(element instanceof Json.Obj object)) {
            facts.notice(Origin.of(Origin.Entry.NONE, Origin.UNKNOWN_FIELD, null), path, element);
            return;
        }
        int before = facts.size();
        Origin.Entry entry = Origin.Entry.of(object);
        Origin origin = Origin.of(entry, Origin.UNKNOWN_FIELD, null);
        List<Json> changes = object.array("changes");
        boolean namesField = changes.stream().anyMatch(PayloadReader::isWithoutField);
        facts.noticeOthers(object, path, origin, (name, value) -> switch (name) {
            case "id", "time" -> value instanceof Json.Str || value instanceof Json.Num;
            case "changes" -> value instanceof Json.Arr;
            case "field" -> namesField && fieldName(object) != null;
            case "object" -> value instanceof Json.Str word && word.value().equals(WHATSAPP);
            default -> false;
        });
        for (int i = 0; i < changes.size(); i++) {
            readChange(changes.get(i), object, entry, path + ".changes[" + i + "]");
        }
        if (facts.size() == before) {
            facts.notice(origin, path, element);
        }
    }

    private void readChange(Json element, Json.Obj holder, Origin.Entry entry, String path) {
        if (!(element instanceof Json.Obj change)) {
            facts.notice(Origin.of(entry, Origin.UNKNOWN_FIELD, null), path, element);
            return;
        }
        int before = facts.size();
        String named = fieldName(change, holder);
        if (named != null && fields.size() < MAX_FIELDS) {
            fields.add(named);
        }
        Json any = change.get("value");
        Json.Obj value = change.object("value");
        Origin origin = Origin.of(entry, named == null ? Origin.UNKNOWN_FIELD : named, value);
        facts.noticeOthers(change, path, origin, (name, _) -> switch (name) {
            case "field" -> fieldName(change) != null;
            case "value" -> true;
            default -> false;
        });
        readValue(any, path + ".value", origin);
        if (facts.size() == before) {
            facts.notice(origin, path, element);
        }
    }

    private void readValue(@Nullable Json any, String path, Origin origin) {
        if (any instanceof Json.Obj value) {
            Fact.Effect effect = TemplateReader.read(value, origin.field());
            if (effect != null) {
                new Place(origin, ContactsOfValue.of(value), true, facts)
                        .notice(value, path, origin.entry().time(), effect);
                ItemLists.readSignups(value, path, origin, facts);
            } else if (ItemLists.areIn(value, origin.field())) {
                ItemLists.read(value, path, origin, facts);
            } else {
                facts.notice(origin, path, value);
            }
        } else if (any != null) {
            facts.notice(origin, path, any);
        }
    }

    /// Two of Meta's samples have it not in the change, but in its value or in the entry.
    static @Nullable String fieldName(Json.Obj change, Json.Obj entry) {
        if (!isWithoutField(change)) {
            return fieldName(change);
        }
        Json.Obj value = change.object("value");
        String inside = value == null ? null : fieldName(value);
        return inside != null ? inside : fieldName(entry);
    }

    private static boolean isWithoutField(Json element) {
        return element instanceof Json.Obj change && change.get("field") == null;
    }

    private static @Nullable String fieldName(Json.Obj holder) {
        String field = holder.get("field") instanceof Json.Str ? holder.id("field") : null;
        return field == null || field.length() > MAX_FIELD_LENGTH ? null : field;
    }
}
