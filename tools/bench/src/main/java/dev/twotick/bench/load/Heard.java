package dev.twotick.bench.load;

/// What came of the sockets of [Listeners].
///
/// @param sockets that are let in
/// @param openSeconds until all were let in for the first time
/// @param frames of messages, that all of them heard
/// @param lost frames that had not come when nothing had come for ten seconds
/// @param doubled frames that came again, or after a later one
/// @param reopened how often a socket came back
/// @param awaySeconds from the first that was cut off to the last that was let in again; 0: none was cut off
/// @param times from when a post was due until each of those had its frame who hear all
public record Heard(
        int sockets,
        double openSeconds,
        long frames,
        long lost,
        long doubled,
        long reopened,
        double awaySeconds,
        Outcome.Times times) {}
