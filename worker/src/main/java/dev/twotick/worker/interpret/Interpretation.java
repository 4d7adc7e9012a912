package dev.twotick.worker.interpret;

import java.util.List;

/// What a payload means.
public sealed interface Interpretation {

    /// @param facts  in the payload's order; the same key may come more than once
    /// @param fields `change.field` of every change, distinct
    record Facts(List<Fact> facts, List<String> fields) implements Interpretation {
        public Facts {
            facts = List.copyOf(facts);
            fields = List.copyOf(fields);
        }
    }

    /// Signed, and yet not a JSON object: nothing in it can be applied.
    ///
    /// @param reason for people, without any of the content
    record NotAnObject(String reason) implements Interpretation {}
}
