/// The trace of a payload, from ingest to hook: its id is the trace's, so nobody has to carry one
/// (docs/decisions/the-payload-id-is-the-trace-id.md).
///
/// [dev.twotick.model.trace.TraceId] writes it; [dev.twotick.model.trace.Spans] records spans where an OpenTelemetry
/// agent or SDK is there.
@NullMarked
package dev.twotick.model.trace;

import org.jspecify.annotations.NullMarked;
