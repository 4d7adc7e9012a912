package dev.twotick.worker.interpret;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// Reads text into [Json], in one pass. Jackson finds the tokens; databind is not used, because it loses what an item
/// looked like.
final class JsonReader {

    /// Brackets within brackets that the tokenizer follows at all; nothing but an attack has more.
    private static final int MAX_BRACKETS = 100_000;

    private static final JsonFactory TOKENS = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_BRACKETS)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .disable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .build();

    private final String source;
    private final JsonParser parser;

    private JsonReader(String source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    /// Null when the text is not one JSON value and nothing else (RFC 8259), or has more than 100,000 brackets within
    /// brackets.
    static @Nullable Json read(String text) {
        try (JsonParser parser = TOKENS.createParser(ObjectReadContext.empty(), text.toCharArray())) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return null;
            }
            Json value = new JsonReader(text, parser).value(first, 1);
            return parser.nextToken() == null ? value : null;
        } catch (JacksonException notJson) {
            return null; // its message would quote the content
        }
    }

    private Json value(JsonToken token, int depth) {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        return switch (token) {
            case START_OBJECT -> depth > Json.MAX_DEPTH ? deep(start) : object(start, depth);
            case START_ARRAY -> depth > Json.MAX_DEPTH ? deep(start) : array(start, depth);
            case VALUE_STRING -> {
                String value = parser.getString(); // also moves the parser to the string's end
                yield new Json.Str(source, start, offset(), value);
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(source, start, start + parser.getStringLength());
            case VALUE_TRUE, VALUE_NULL -> new Json.Word(source, start, start + 4);
            case VALUE_FALSE -> new Json.Word(source, start, start + 5);
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("the tokenizer gave " + token + " where a value begins");
        };
    }

    private Json.Obj object(int start, int depth) {
        Map<String, Json> members = new LinkedHashMap<>();
        List<Json.Member> shadowed = List.of();
        boolean tooDeep = false;
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            Json value = value(parser.nextToken(), depth + 1);
            tooDeep |= value.tooDeep();
            Json earlier = members.put(name, value);
            if (earlier != null) {
                shadowed = shadowed.isEmpty() ? new ArrayList<>() : shadowed;
                shadowed.add(new Json.Member(name, earlier));
            }
        }
        return new Json.Obj(source, start, offset(), members, shadowed, tooDeep);
    }

    private Json.Arr array(int start, int depth) {
        List<Json> items = new ArrayList<>(4);
        boolean tooDeep = false;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            Json value = value(token, depth + 1);
            tooDeep |= value.tooDeep();
            items.add(value);
        }
        return new Json.Arr(source, start, offset(), items, tooDeep);
    }

    private Json.Deep deep(int start) {
        parser.skipChildren();
        return new Json.Deep(source, start, offset());
    }

    private int offset() {
        return (int) parser.currentLocation().getCharOffset();
    }
}
