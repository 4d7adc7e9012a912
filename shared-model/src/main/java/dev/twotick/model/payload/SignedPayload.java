package dev.twotick.model.payload;

import java.time.Instant;

/// A post that Meta signed: what the log keeps of it.
///
/// @param at        when ingest received it
/// @param body      the exact bytes
/// @param signature the 32 bytes of the header
/// @param app       whose secret matched
public record SignedPayload(PayloadId id, Instant at, byte[] body, byte[] signature, String app) {

    public static SignedPayload received(Instant at, byte[] body, byte[] signature, String app) {
        return new SignedPayload(PayloadId.at(at), at, body, signature, app);
    }
}
