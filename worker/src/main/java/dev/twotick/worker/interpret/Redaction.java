package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Takes a person's items out of a payload. Everything else stays byte for byte, and at its path: an item's place is
/// taken by `null`, which says nothing, so that the rest means what it meant before.
public final class Redaction {

    /// What is left of a payload in which nothing else was; [PayloadInterpreter] finds no fact in it.
    public static final String NOTHING_LEFT = "{\"erased\":true}";

    private static final Pattern STEP = Pattern.compile("([^.\\[]+)|\\[(\\d+)]");
    private static final Pattern CHANGE = Pattern.compile("(entry\\[\\d+])(\\.changes\\[\\d+])?.*", Pattern.DOTALL);

    private final Json.Obj payload;
    private final Predicate<String> isErased;
    private final Set<String> stillNamed;
    private final List<Cut> cuts = new ArrayList<>();

    /// @param text what stands there instead
    private record Cut(int start, int end, String text) {}

    private Redaction(Json.Obj payload, Predicate<String> isErased, Set<String> stillNamed) {
        this.payload = payload;
        this.isErased = isErased;
        this.stillNamed = stillNamed;
    }

    /// @param goes     which facts' items are taken out
    /// @param isErased whose ids are taken out where they stand beside the items: contacts, threads
    /// @return the payload without them; empty when nothing in it is to go
    public static Optional<byte[]> without(byte[] body, Predicate<Fact> goes, Predicate<String> isErased) {
        String text = new String(body, UTF_8);
        if (!(new PayloadInterpreter().interpret(body) instanceof Interpretation.Facts meaning)
                || !(JsonReader.read(text) instanceof Json.Obj payload)) {
            return Optional.empty();
        }
        List<Fact> facts = meaning.facts();
        Set<String> gone = facts.stream().filter(goes).map(f -> f.item().path()).collect(Collectors.toSet());
        List<Fact> kept =
                facts.stream().filter(f -> !isWithin(f.item().path(), gone)).toList();
        Set<String> stillNamed = new HashSet<>();
        kept.forEach(fact -> stillNamed.addAll(PersonIds.named(fact)));
        if (kept.isEmpty() && !gone.isEmpty()) {
            return Optional.of(NOTHING_LEFT.getBytes(UTF_8));
        }
        Redaction redaction = new Redaction(payload, isErased, stillNamed);
        Set<String> paths = kept.stream().map(f -> f.item().path()).collect(Collectors.toSet());
        gone.forEach(path -> redaction.cut(widened(path, paths)));
        redaction.sweep(payload, "", payload);
        return redaction.cuts.isEmpty()
                ? Optional.empty()
                : Optional.of(redaction.spliced().getBytes(UTF_8));
    }

    private static boolean isWithin(String path, Set<String> wholes) {
        return wholes.contains(path) || wholes.stream().anyMatch(whole -> isWithin(path, whole));
    }

    private static boolean isWithin(String path, String whole) {
        return path.startsWith(whole)
                && (path.length() == whole.length()
                        || path.charAt(whole.length()) == '.'
                        || path.charAt(whole.length()) == '[');
    }

    /// A change or an entry in which nothing is left goes as a whole: a change that says nothing would be a fact.
    private static String widened(String path, Set<String> kept) {
        Matcher steps = CHANGE.matcher(path);
        if (steps.matches()) {
            String entry = steps.group(1);
            if (kept.stream().noneMatch(k -> isWithin(k, entry))) {
                return entry;
            }
            String change = steps.group(2) == null ? null : entry + steps.group(2);
            if (change != null && kept.stream().noneMatch(k -> isWithin(k, change))) {
                return change;
            }
        }
        return path;
    }

    /// A path that cannot be followed to its end (a key with dots) takes what it leads to.
    private void cut(String path) {
        List<Json> places = List.of(payload);
        Matcher steps = STEP.matcher(path);
        while (steps.find()) {
            String name = steps.group(1);
            List<Json> next = new ArrayList<>();
            for (Json place : places) {
                if (name == null) {
                    int index = Integer.parseInt(steps.group(2));
                    if (place instanceof Json.Arr array && index < array.items().size()) {
                        next.add(array.items().get(index));
                    }
                } else if (place instanceof Json.Obj object) {
                    Json member = object.members().get(name);
                    if (member != null) {
                        next.add(member);
                    }
                    object.shadowed().stream()
                            .filter(m -> m.name().equals(name))
                            .forEach(m -> next.add(m.value()));
                }
            }
            if (next.isEmpty()) {
                break;
            }
            places = next;
        }
        places.forEach(place -> cuts.add(new Cut(place.start(), place.end(), "null")));
    }

    /// Takes out the innermost list elements that name an erased person; a list of contacts keeps its length, and stays
    /// one of objects.
    private void sweep(Json.Obj owner, String name, Json value) {
        switch (value) {
            case Json.Obj object -> {
                object.members().forEach((key, member) -> sweep(object, key, member));
                object.shadowed().forEach(member -> sweep(object, member.name(), member.value()));
            }
            case Json.Arr array -> {
                boolean envelope = name.equals("entry") || name.equals("changes");
                for (Json item : array.items()) {
                    boolean whole = !envelope && item instanceof Json.Obj object && names(object);
                    if (whole) {
                        cuts.add(new Cut(item.start(), item.end(), name.equals("contacts") ? "{}" : "null"));
                    } else {
                        sweep(owner, name, item);
                    }
                }
            }
            case Json.Str _, Json.Num _ -> {
                if (isToGo(owner, name, value)) {
                    cuts.add(new Cut(value.start(), value.end(), "\"\""));
                }
            }
            case Json.Word _, Json.Deep _ -> {}
        }
    }

    /// Within this object, and not within its lists.
    private boolean names(Json.Obj object) {
        return object.members().entrySet().stream()
                .anyMatch(member -> member.getValue() instanceof Json.Obj inner
                        ? names(inner)
                        : isToGo(object, member.getKey(), member.getValue()));
    }

    private boolean isToGo(Json.Obj owner, String name, Json value) {
        String id = PersonIds.hasStronger(owner, name) ? null : PersonIds.idOf(name, value);
        return id != null && !stillNamed.contains(id) && isErased.test(id);
    }

    private String spliced() {
        String source = payload.source();
        StringBuilder rest = new StringBuilder(source.length());
        int copied = 0;
        cuts.sort(Comparator.comparingInt(Cut::start)
                .thenComparing(Comparator.comparingInt(Cut::end).reversed()));
        for (Cut cut : cuts) {
            if (cut.start() >= copied) {
                rest.append(source, copied, cut.start()).append(cut.text());
                copied = cut.end();
            }
        }
        return rest.append(source, copied, source.length()).toString();
    }
}
