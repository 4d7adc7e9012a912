package dev.twotick.worker.people;

import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/// What belongs to an id, and goes with it when it changes hands: it is kept elsewhere than people are.
public interface Belongings {

    /// An id leaves one contact for another.
    record Move(Identity identity, UUID from, UUID to) {}

    /// @param merged  contacts that are about to go, and which each proved to be
    /// @param touched contacts that gained or lost ids, those among them
    void follow(DSLContext tx, List<Move> moves, NavigableMap<UUID, UUID> merged, Set<UUID> touched);
}
