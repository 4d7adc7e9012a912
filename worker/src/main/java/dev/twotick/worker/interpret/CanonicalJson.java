package dev.twotick.worker.interpret;

import dev.twotick.model.hash.Sha256;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Map;

/// One spelling for each content: keys sorted, no white space, strings without needless escapes, `1.10` as `1.1`. Two
/// items are the same when theirs are equal.
final class CanonicalJson {
    private static final int DIGEST_LENGTH = 16;

    /// Numbers with more characters keep their spelling, because comparing them by value costs too much.
    private static final int MAX_NUMBER = 64;

    private CanonicalJson() {}

    static String of(Json value) {
        StringBuilder out = new StringBuilder(value.end() - value.start());
        append(value, out);
        return out.toString();
    }

    /// 16 bytes of SHA-256 of the canonical text.
    static byte[] digest(String canonical) {
        return Arrays.copyOf(Sha256.of(canonical), DIGEST_LENGTH);
    }

    private static void append(Json value, StringBuilder out) {
        switch (value) {
            case Json.Obj object -> appendMembers(object.members(), out);
            case Json.Arr array -> {
                char before = '[';
                for (Json item : array.items()) {
                    out.append(before);
                    append(item, out);
                    before = ',';
                }
                out.append(before == '[' ? "[]" : "]");
            }
            case Json.Str string -> appendString(string.value(), out);
            case Json.Num number -> out.append(number(number.text()));
            case Json.Word word -> out.append(word.source(), word.start(), word.end());
            case Json.Deep deep -> out.append(deep.source(), deep.start(), deep.end());
        }
    }

    private static void appendMembers(Map<String, Json> members, StringBuilder out) {
        String[] names = members.keySet().toArray(String[]::new);
        Arrays.sort(names);
        char before = '{';
        for (String name : names) {
            out.append(before);
            appendString(name, out);
            out.append(':');
            Json value = members.get(name);
            if (value != null) {
                append(value, out);
            }
            before = ',';
        }
        out.append(before == '{' ? "{}" : "}");
    }

    private static void appendString(String value, StringBuilder out) {
        out.append('"');
        String text = PostgresText.clean(value); // lone surrogates have no UTF-8
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        out.append('"');
    }

    private static String number(String text) {
        if (text.length() > MAX_NUMBER) {
            return text;
        }
        try {
            return new BigDecimal(text).stripTrailingZeros().toString();
        } catch (NumberFormatException | ArithmeticException beyondAnyScale) {
            return text;
        }
    }
}
