package dev.twotick.worker.convergence;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What always travels together, as Meta sends it: one change with all that its items need to be understood. What it
/// states must not depend on how it is packed. Or a message that a program registers, which is in no payload.
///
/// @param entryId    the WhatsApp Business Account
/// @param entryTime  seconds, or null as with messages
/// @param change     `{"field": …, "value": …}`, or what the program says
/// @param registered by a program
record Unit(String entryId, @Nullable Long entryTime, Map<String, Object> change, boolean registered) {

    /// Meta's.
    Unit(String entryId, @Nullable Long entryTime, Map<String, Object> change) {
        this(entryId, entryTime, change, false);
    }

    /// May share an entry with `other`.
    boolean belongsWith(Unit other) {
        return entryTime == null && other.entryTime == null && entryId.equals(other.entryId);
    }

    static Map<String, Object> entry(List<Unit> units) {
        Map<String, Object> entry = new LinkedHashMap<>();
        Unit first = units.getFirst();
        entry.put("id", first.entryId);
        if (first.entryTime != null) {
            entry.put("time", first.entryTime);
        }
        entry.put("changes", units.stream().map(Unit::change).toList());
        return entry;
    }
}
