package dev.twotick.model.queue;

/// Names in Redis that both processes and every version of them share.
public final class PayloadStreams {

    /// Logged payloads, waiting for a worker.
    public static final String PAYLOADS = "twotick:payloads";

    /// Payloads accepted while PostgreSQL was down; an upkeep job moves them to the log.
    public static final String TO_LOG = "twotick:to-log";

    /// The one consumer group of [#PAYLOADS].
    public static final String GROUP = "workers";

    /// A body longer than this (bytes) stays out of Redis; the worker reads it from the log.
    public static final int MAX_INLINE_BODY = 32 * 1024;

    private PayloadStreams() {}
}
