package dev.twotick.db.payloadlog;

import dev.twotick.model.payload.PayloadId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A payload that goes its way again.
///
/// @param body        the exact bytes, or null when they are longer than was asked for
/// @param nextAttempt the id of an outcome that counts before all that there are
public record LoggedPayload(PayloadId id, Instant at, byte @Nullable [] body, String app, UUID nextAttempt) {}
