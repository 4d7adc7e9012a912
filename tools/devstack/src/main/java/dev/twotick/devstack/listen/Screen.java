package dev.twotick.devstack.listen;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Where lines go. Colours only where asked; and nothing that a stranger wrote may steer a terminal.
record Screen(PrintStream out, boolean colours) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    enum Colour {
        FAINT(2),
        RED(31),
        GREEN(32),
        YELLOW(33),
        CYAN(36);

        private final int code;

        Colour(int code) {
            this.code = code;
        }
    }

    /// What a person at a terminal wants: colours, unless `NO_COLOR` is set (no-color.org).
    static boolean wantsColours() {
        var noColour = System.getenv("NO_COLOR");
        return isTerminal() && (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    }

    /// Input and output both.
    static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }

    String in(Colour colour, String text) {
        return colours ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
    }

    synchronized void print(String lines) {
        out.println(lines);
        out.flush();
    }

    /// Without control characters (an escape sequence could do anything) and without those that turn the direction of
    /// writing; joiners stay, emoji are made with them.
    static String clean(String text) {
        var clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(isUnfit(c) ? ' ' : c));
        return clean.toString();
    }

    private static boolean isUnfit(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                true;
            default -> (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f;
        };
    }

    /// The body with indents, or, where it is no JSON, as it is.
    static String pretty(String body) {
        try {
            return JSON.writeValueAsString(JSON.readTree(body))
                    .lines()
                    .map(Screen::clean)
                    .reduce((one, other) -> one + "\n" + other)
                    .orElse("");
        } catch (JacksonException e) {
            return clean(body);
        }
    }
}
