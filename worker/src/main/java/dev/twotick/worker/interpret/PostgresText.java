package dev.twotick.worker.interpret;

/// Text that PostgreSQL takes. It refuses U+0000 in text, and `->>` on json fails over `\u0000` and over escapes of
/// lone surrogates; all become U+FFFD. The log keeps the exact bytes.
final class PostgresText {
    private static final char REPLACEMENT = '\ufffd';
    private static final String ESCAPED_REPLACEMENT = "\\ufffd";
    private static final int ESCAPE_LENGTH = 6; // \u0000

    private PostgresText() {}

    /// Whether PostgreSQL takes the text as it is.
    static boolean isFit(String text) {
        return firstUnfit(text) < 0;
    }

    /// Decoded text without U+0000 and lone surrogates.
    static String clean(String text) {
        int first = firstUnfit(text);
        if (first < 0) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length()).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            if (startsPair(text, i)) {
                clean.append(c).append(text.charAt(++i));
            } else {
                clean.append(isUnfit(c) ? REPLACEMENT : c);
            }
        }
        return clean.toString();
    }

    /// The value's text as it came, as JSON that `->>` can be used on. A value nested too deep becomes a JSON string
    /// that holds its text.
    static String json(Json value) {
        return value.tooDeep() ? quoted(value.text()) : cleanEscapes(value.text());
    }

    /// JSON text, its escapes of U+0000 and lone surrogates replaced by `\ufffd`.
    static String cleanEscapes(String json) {
        int escape = json.indexOf("\\u");
        if (escape < 0) {
            return json;
        }
        StringBuilder clean = null;
        int copied = 0;
        for (int i = json.indexOf('\\'); i >= 0; i = json.indexOf('\\', i)) {
            int length = escapeLength(json, i);
            if (length < 0) {
                clean = clean == null ? new StringBuilder(json.length()) : clean;
                clean.append(json, copied, i).append(ESCAPED_REPLACEMENT);
                copied = i + ESCAPE_LENGTH;
            }
            i += Math.abs(length);
        }
        return clean == null ? json : clean.append(json, copied, json.length()).toString();
    }

    /// A JSON string that holds `text`.
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    /// How many characters the escape at `at` takes, a surrogate pair's two together; negative when it is unfit.
    private static int escapeLength(String json, int at) {
        if (json.charAt(at + 1) != 'u') {
            return 2;
        }
        char c = unescape(json, at);
        if (Character.isHighSurrogate(c)
                && json.startsWith("\\u", at + ESCAPE_LENGTH)
                && Character.isLowSurrogate(unescape(json, at + ESCAPE_LENGTH))) {
            return 2 * ESCAPE_LENGTH;
        }
        return isUnfit(c) ? -ESCAPE_LENGTH : ESCAPE_LENGTH;
    }

    private static char unescape(String json, int at) {
        return (char) Integer.parseInt(json, at + 2, at + ESCAPE_LENGTH, 16);
    }

    private static int firstUnfit(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (startsPair(text, i)) {
                i++;
            } else if (isUnfit(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private static boolean startsPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }

    private static boolean isUnfit(char c) {
        return c == 0 || Character.isSurrogate(c);
    }
}
