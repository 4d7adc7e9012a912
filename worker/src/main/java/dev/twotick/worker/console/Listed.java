package dev.twotick.worker.console;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A page of what the API lists.
///
/// @param next `after`, or `before`, of the next page; null: there is none
record Listed<T>(List<T> items, @Nullable String next) {
    Listed {
        items = List.copyOf(items);
    }

    /// @param page how many make a full one, after which there may be more
    /// @param place where the next goes on, of the last of this one
    static <T> Listed<T> of(List<T> items, int page, Function<T, ?> place) {
        return new Listed<>(items, items.size() == page ? String.valueOf(place.apply(items.getLast())) : null);
    }
}
