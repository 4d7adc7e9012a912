package dev.twotick.worker.outbox;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// At what an attempt failed, in one word: what is counted and searched by, where the error's text tells the case.
public enum ErrorClass {
    /// The name has no address, or the name server is silent.
    DNS,
    /// It has none that hooks may be at.
    ADDRESS,
    /// No connection came about: refused, or not in time.
    CONNECT,
    /// The connection was not secured: a certificate, as a rule.
    TLS,
    /// No answer in time.
    TIMEOUT,
    /// The connection ended before there was an answer.
    CLOSED,
    /// What was answered is not HTTP.
    PROTOCOL,
    /// Answered 3xx: redirects are not followed.
    REDIRECT,
    /// Answered anything else that is not 2xx: the status says it.
    STATUS,
    /// The call could not be made for a reason of ours.
    INTERNAL;

    /// As `hook_attempt.error_class` has it.
    public final String word = name().toLowerCase(Locale.ROOT);

    static @Nullable ErrorClass of(@Nullable String word) {
        return word == null ? null : valueOf(word.toUpperCase(Locale.ROOT));
    }
}
