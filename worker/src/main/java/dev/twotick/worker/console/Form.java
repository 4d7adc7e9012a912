package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What somebody typed, in a form or in an address.
final class Form {
    /// @return empty: nothing
    static String said(Context ctx, String name) {
        @Nullable String text = ctx.queryParam(name);
        if (text == null) {
            text = ctx.formParam(name);
        }
        return text == null ? "" : text.strip();
    }

    /// @throws IllegalArgumentException when it is none
    static Optional<Long> number(Context ctx, String name) {
        String text = said(ctx, name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(number(text).orElseThrow(() -> new IllegalArgumentException(name + " is a number")));
    }

    /// Nothing, where it is none.
    static Optional<Long> number(String text) {
        return text.matches("\\d{1,18}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }

    /// Of a list as it is typed: with commas, spaces or both between.
    static List<String> words(String text) {
        return Stream.of(text.split("[,\\s]+")).filter(word -> !word.isEmpty()).toList();
    }

    private Form() {}
}
