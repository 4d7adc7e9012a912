/// The public door: takes Meta's posts, keeps them, answers 200. It never parses a body, so no payload can hurt it.
///
/// Begin with [dev.twotick.ingest.Ingest], which wires the process in the order in which a payload travels:
/// [dev.twotick.ingest.WebhookEndpoint] → [dev.twotick.ingest.SignatureVerifier] →
/// [dev.twotick.ingest.PayloadLog] → 200 → [dev.twotick.ingest.PayloadStream]. While PostgreSQL is away,
/// [dev.twotick.ingest.ToLogStream] stands in for the log. Neighbours: `queue`, `db`.
@NullMarked
package dev.twotick.ingest;

import org.jspecify.annotations.NullMarked;
