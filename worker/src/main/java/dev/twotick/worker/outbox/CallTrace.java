package dev.twotick.worker.outbox;

import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// How an attempt went, beside what became of it. Times are in milliseconds; null is what there was not: a connection
/// that was kept from an earlier call has no name to look up, and one that was refused no answer.
///
/// @param failedAt null: it was delivered
/// @param dns the name was looked up
/// @param connect the connection came about, all addresses tried
/// @param tls it was secured
/// @param firstByte from the call's begin until the head of the answer was there
/// @param remoteAddress whom it reached
/// @param answer the begin of the answer's body, as text; null: there was none
public record CallTrace(
        @Nullable ErrorClass failedAt,
        @Nullable Integer dns,
        @Nullable Integer connect,
        @Nullable Integer tls,
        @Nullable Integer firstByte,
        @Nullable String remoteAddress,
        @Nullable String answer) {

    static final CallTrace NONE = new CallTrace(null, null, null, null, null, null, null);

    /// Of a row of `hook_attempt`, with its address as `address`.
    static CallTrace of(Record row) {
        return new CallTrace(
                ErrorClass.of(row.get("error_class", String.class)),
                row.get("dns_ms", Integer.class),
                row.get("connect_ms", Integer.class),
                row.get("tls_ms", Integer.class),
                row.get("first_byte_ms", Integer.class),
                row.get("address", String.class),
                row.get("answer", String.class));
    }

    CallTrace withoutAnswer() {
        return withAnswer(null);
    }

    /// With the first of so many parts of its answer.
    public CallTrace ofOneOf(int parts, int longestAnswer) {
        int most = longestAnswer / parts;
        return answer == null || answer.length() <= most
                ? this
                : withAnswer(answer.substring(0, Character.isHighSurrogate(answer.charAt(most - 1)) ? most - 1 : most));
    }

    private CallTrace withAnswer(@Nullable String of) {
        return new CallTrace(failedAt, dns, connect, tls, firstByte, remoteAddress, of);
    }
}
