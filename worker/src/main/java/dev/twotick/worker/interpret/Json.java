package dev.twotick.worker.interpret;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// A JSON value that remembers where it stands in the text, so that an item can be kept exactly as it came: `1.10`
/// stays `1.10`, and of two equal keys both stay.
sealed interface Json {

    /// Values nested deeper than this (counted from the payload's root) are kept as text only: PostgreSQL's parser and
    /// those of many hook receivers give up on depth.
    int MAX_DEPTH = 200;

    /// Longer texts are not one of Meta's words; its longest has some 40 characters.
    int MAX_WORD = 128;

    /// The whole payload's text.
    String source();

    /// Offset of the first character.
    int start();

    /// Offset after the last character.
    int end();

    /// Whether something in it is nested too deep to be looked into.
    default boolean tooDeep() {
        return false;
    }

    /// This value as it came.
    default String text() {
        return source().substring(start(), end());
    }

    default boolean isNull() {
        return false;
    }

    /// An object.
    ///
    /// @param members  of equal keys the last
    /// @param shadowed the other ones
    record Obj(String source, int start, int end, Map<String, Json> members, List<Member> shadowed, boolean tooDeep)
            implements Json {

        /// The member's value, or null where it is missing or JSON's null.
        @Nullable
        Json get(String name) {
            Json value = members.get(name);
            return value == null || value.isNull() ? null : value;
        }

        @Nullable
        Obj object(String name) {
            return members.get(name) instanceof Obj object ? object : null;
        }

        /// The elements of an array, none where it is not one.
        List<Json> array(String name) {
            return members.get(name) instanceof Arr array ? array.items() : List.of();
        }

        /// Text fit for PostgreSQL, or null where there is none.
        @Nullable
        String text(String name) {
            return members.get(name) instanceof Str string && !string.value().isEmpty()
                    ? PostgresText.clean(string.value())
                    : null;
        }

        /// An identifier that can be a key, or null.
        @Nullable
        String id(String name) {
            return Identifiers.usable(members.get(name));
        }

        /// One of Meta's words, which are short, or null.
        @Nullable
        String word(String name) {
            String word = text(name);
            return word == null || word.isBlank() || word.length() > MAX_WORD ? null : word;
        }

        /// True or false, or null where the member is neither.
        @Nullable
        Boolean flag(String name) {
            Json value = get(name);
            return value instanceof Word word ? word.isTrue() : null;
        }

        /// The member's JSON text, fit for PostgreSQL, or null.
        @Nullable
        String json(String name) {
            Json value = get(name);
            return value == null ? null : PostgresText.json(value);
        }

        /// The same object, as if it did not have these members.
        Obj without(String... names) {
            Set<String> left = Set.of(names);
            if (left.stream().noneMatch(members::containsKey)) {
                return this;
            }
            StringJoiner rest = new StringJoiner(",", "{", "}");
            members.forEach((name, value) -> {
                if (!left.contains(name)) {
                    rest.add(PostgresText.quoted(PostgresText.clean(name)) + ':' + value.text());
                }
            });
            if (JsonReader.read(rest.toString()) instanceof Obj object) {
                return object;
            }
            throw new IllegalStateException("parts of JSON are JSON");
        }
    }

    /// An array.
    record Arr(String source, int start, int end, List<Json> items, boolean tooDeep) implements Json {}

    /// A string.
    ///
    /// @param value may hold U+0000 and lone surrogates
    record Str(String source, int start, int end, String value) implements Json {}

    /// A number, of any size: only its text is kept.
    record Num(String source, int start, int end) implements Json {}

    /// `true`, `false` or `null`.
    record Word(String source, int start, int end) implements Json {
        @Override
        public boolean isNull() {
            return source.charAt(start) == 'n';
        }

        boolean isTrue() {
            return source.charAt(start) == 't';
        }
    }

    /// An object or array beyond [#MAX_DEPTH], not looked into.
    record Deep(String source, int start, int end) implements Json {
        @Override
        public boolean tooDeep() {
            return true;
        }
    }

    /// A key with its value.
    record Member(String name, Json value) {}
}
