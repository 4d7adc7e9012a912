package dev.twotick.model.trace;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import java.util.HexFormat;
import java.util.UUID;

/// The trace of a payload, or of an event that no payload brought: the 16 bytes of its id.
///
/// @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
public record TraceId(UUID value) {
    /// Of log lines.
    public static final String KEY = "trace_id";

    private static final HexFormat HEX = HexFormat.of();

    /// @param hex 32 digits
    public static TraceId parse(String hex) {
        return new TraceId(new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16)));
    }

    /// 32 lower-case digits, as `trace_id` everywhere has them; PostgreSQL takes them for the UUID that they are.
    public String hex() {
        return HEX.toHexDigits(value.getMostSignificantBits()) + HEX.toHexDigits(value.getLeastSignificantBits());
    }

    /// The header `traceparent` of a call that no span of ours stands for.
    ///
    /// @param call names the call in the trace, the same at each time it is asked for
    public String parent(long call) {
        return parent(hex(), HEX.toHexDigits(call == 0 ? 1 : call), TraceFlags.getSampled());
    }

    /// The same of a span.
    public static String parent(SpanContext span) {
        return parent(span.getTraceId(), span.getSpanId(), span.getTraceFlags());
    }

    private static String parent(String trace, String span, TraceFlags flags) {
        return "00-" + trace + "-" + span + "-" + flags.asHex();
    }

    /// The span of which all in this trace are children. Nobody records it: each process knows it without asking.
    SpanContext root() {
        long low = value.getLeastSignificantBits();
        return SpanContext.createFromRemoteParent(
                hex(), HEX.toHexDigits(low == 0 ? 1 : low), TraceFlags.getSampled(), TraceState.getDefault());
    }
}
