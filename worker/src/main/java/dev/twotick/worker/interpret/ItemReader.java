package dev.twotick.worker.interpret;

/// Reads an item of one of a value's lists.
@FunctionalInterface
interface ItemReader {

    /// For items that change nothing: each is kept.
    ItemReader KEEP = (_, _, _) -> false;

    /// Adds what the item says to the place's facts. False, having added nothing, when it cannot be read; then it is
    /// kept as a notice.
    boolean read(Json.Obj item, String path, Place place);
}
