package dev.twotick.worker.console;

import org.jspecify.annotations.Nullable;

/// What surrounds each page.
///
/// @param room which entry of the navigation it belongs to
/// @param visitor null: nobody has signed in, and there is no navigation
/// @param assets the path that scripts and styles begin with
record Frame(String title, String room, @Nullable Visitor visitor, String assets) {

    String csrf() {
        return visitor == null ? "" : visitor.csrf();
    }

    boolean mayWrite() {
        return visitor != null && visitor.mayWrite();
    }
}
