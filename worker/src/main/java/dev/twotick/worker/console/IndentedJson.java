package dev.twotick.worker.console;

/// JSON laid out for people, with each name, text and number as it was written: a parser would make another number of
/// `1.10`, and one name of two. What is no JSON comes out somehow, and nothing is lost of it but white space.
final class IndentedJson {
    private static final String STEP = "  ";

    private final String json;
    private final StringBuilder out = new StringBuilder();
    private int depth;

    private IndentedJson(String json) {
        this.json = json;
    }

    static String of(String json) {
        IndentedJson indented = new IndentedJson(json);
        indented.run();
        return indented.out.toString();
    }

    private void run() {
        int at = 0;
        while (at < json.length()) {
            char c = json.charAt(at);
            if (c == '"') {
                int end = endOfText(at);
                out.append(json, at, end);
                at = end;
                continue;
            }
            switch (c) {
                case '{', '[' -> at = opened(at, c);
                case '}', ']' -> {
                    depth = Math.max(0, depth - 1);
                    line();
                    out.append(c);
                }
                case ',' -> {
                    out.append(c);
                    line();
                }
                case ':' -> out.append(": ");
                case ' ', '\t', '\r', '\n' -> {}
                default -> out.append(c);
            }
            at++;
        }
    }

    /// @return where it stands then: an empty one is closed on its line
    private int opened(int at, char bracket) {
        out.append(bracket);
        int next = at + 1;
        while (next < json.length() && Character.isWhitespace(json.charAt(next))) {
            next++;
        }
        if (next < json.length() && (json.charAt(next) == '}' || json.charAt(next) == ']')) {
            out.append(json.charAt(next));
            return next;
        }
        depth++;
        line();
        return at;
    }

    private void line() {
        out.append('\n').repeat(STEP, Math.min(depth, 50));
    }

    private int endOfText(int start) {
        int at = start + 1;
        while (at < json.length() && json.charAt(at) != '"') {
            at += json.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, json.length());
    }
}
