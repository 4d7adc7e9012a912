package dev.twotick.worker.outbox;

import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All that is wrong with what somebody has typed: they are told at once.
final class Problems {
    private final List<String> all = new ArrayList<>();

    interface Parsed<T> {
        T get();
    }

    void add(String what, String how) {
        all.add(what + " " + how);
    }

    /// @return null when it does not parse, which is then one of the problems
    <T> @Nullable T parsed(String what, Parsed<T> value) {
        try {
            return value.get();
        } catch (BadEndpoint e) {
            all.addAll(e.problems());
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            add(what, String.valueOf(e.getMessage()));
        }
        return null;
    }

    void unlessParsed(String what, Runnable check) {
        parsed(what, () -> {
            check.run();
            return true;
        });
    }

    /// For a parser.
    static void refuseUnless(boolean holds, String why) {
        if (!holds) {
            throw new IllegalArgumentException(why);
        }
    }

    void throwIfAny() {
        if (!all.isEmpty()) {
            throw new BadEndpoint(all);
        }
    }
}
