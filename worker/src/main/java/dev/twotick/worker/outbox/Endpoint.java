package dev.twotick.worker.outbox;

import java.net.URI;
import java.util.List;
import java.util.UUID;

/// An active endpoint, its secrets opened.
///
/// @param secrets every call is signed with each of them: two while one replaces the other
public record Endpoint(UUID id, String name, URI url, List<HookSecret> secrets, Circuit circuit) {

    /// Whether calls may go there now.
    public enum Circuit {
        CLOSED,
        /// It fails: nothing goes there until the pause is over.
        PAUSED,
        /// The pause is over: one call may go there, to see.
        PROBE_DUE
    }

    public Endpoint {
        secrets = List.copyOf(secrets);
    }
}
