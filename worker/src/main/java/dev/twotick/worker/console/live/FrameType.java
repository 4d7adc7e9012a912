package dev.twotick.worker.console.live;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What sockets are told.
enum FrameType {
    MESSAGE_NEW("message:new"),
    MESSAGE_STATUS("message:status"),
    CONTACT_NEW("contact:new"),
    CONTACT_UPDATED("contact:updated"),
    /// A message was edited, taken back or reacted to; for whoever asks.
    MESSAGE_CHANGED("message:changed"),
    /// Payloads were applied, whatever came of them: a hint to look, without an id, for whoever asks.
    APPLIED("applied");

    /// What a socket is told that does not say what it wants.
    static final Set<FrameType> USUAL = Set.of(MESSAGE_NEW, MESSAGE_STATUS, CONTACT_NEW, CONTACT_UPDATED);

    /// The events of which there may be frames.
    static final List<String> EVENTS = List.of("message.*", "reaction.changed", "contact.*");

    private final String word;

    FrameType(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static Optional<FrameType> ofWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word.equals(word)).findFirst();
    }

    /// Statuses have a type for each word, and one for those that nobody knows yet.
    static Optional<FrameType> ofEvent(String event) {
        return switch (event) {
            case "message.received", "message.echoed" -> Optional.of(MESSAGE_NEW);
            case "message.edited", "message.revoked", "reaction.changed" -> Optional.of(MESSAGE_CHANGED);
            case "contact.created" -> Optional.of(CONTACT_NEW);
            case "contact.updated", "contact.merged" -> Optional.of(CONTACT_UPDATED);
            default -> event.startsWith("message.") ? Optional.of(MESSAGE_STATUS) : Optional.empty();
        };
    }
}
