package dev.twotick.worker.interpret;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/// JSON as Meta writes it: no white space, `\/`, and what is not ASCII by its number, in lower case. So receivers that
/// write a body again before they verify it find the same bytes. Numbers, the order of members, and other escapes stay.
final class WireForm {
    private static final int HEX_DIGITS = 4;
    private static final int LAST_ASCII = 127;

    /// Writes the value of a member.
    @FunctionalInterface
    interface MemberWriter {
        /// @return false to leave the member out, whatever is written
        boolean write(String name, Json value, StringBuilder out);
    }

    static void append(Json value, StringBuilder out) {
        String json = value.source();
        boolean inText = false;
        for (int i = value.start(); i < value.end(); i++) {
            char c = json.charAt(i);
            if (!inText) {
                inText = c == '"';
                if (c > ' ') {
                    out.append(c);
                }
            } else if (c == '\\') {
                i = appendEscape(json, i, out);
            } else {
                inText = c != '"';
                appendCharacter(c, out);
            }
        }
    }

    /// An object, its members as `members` writes them.
    static void appendObject(Json.Obj object, StringBuilder out, MemberWriter members) {
        char before = '{';
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            int length = out.length();
            appendText(member.getKey(), out.append(before));
            if (members.write(member.getKey(), member.getValue(), out.append(':'))) {
                before = ',';
            } else {
                out.setLength(length);
            }
        }
        out.append(before == '{' ? "{}" : "}");
    }

    /// An array of these, each as `item` writes it.
    static <T> void appendArray(List<T> items, StringBuilder out, BiConsumer<T, StringBuilder> item) {
        out.append('[');
        for (int i = 0; i < items.size(); i++) {
            item.accept(items.get(i), i == 0 ? out : out.append(','));
        }
        out.append(']');
    }

    private static void appendText(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else {
                appendCharacter(c, out);
            }
        }
        out.append('"');
    }

    /// @return where it ends
    private static int appendEscape(String json, int at, StringBuilder out) {
        char kind = json.charAt(at + 1);
        out.append('\\').append(kind);
        if (kind != 'u') {
            return at + 1;
        }
        for (int i = at + 2; i < at + 2 + HEX_DIGITS; i++) {
            out.append(Character.toLowerCase(json.charAt(i)));
        }
        return at + 1 + HEX_DIGITS;
    }

    private static void appendCharacter(char c, StringBuilder out) {
        if (c == '/') {
            out.append("\\/");
        } else if (c < ' ' || c > LAST_ASCII) {
            out.append("\\u").append(HexFormat.of().toHexDigits(c));
        } else {
            out.append(c);
        }
    }

    private WireForm() {}
}
