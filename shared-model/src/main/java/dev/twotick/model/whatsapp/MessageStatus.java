package dev.twotick.model.whatsapp;

import java.util.Locale;
import java.util.Optional;

/// The statuses that have a rank, in the order of their ranks: a message's status never goes backwards.
/// Other words are kept as Meta sent them and move nothing.
public enum MessageStatus {
    PENDING(0),
    SENT(1),
    /// Before `delivered`: to a group, or after a retry of Meta's, a message may fail and still arrive.
    FAILED(2),
    DELIVERED(3),
    READ(4),
    PLAYED(5);

    private final short rank;

    MessageStatus(int rank) {
        this.rank = (short) rank;
    }

    /// Meta's word, in lower case.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public short rank() {
        return rank;
    }

    /// The status of Meta's word. `pending` is ours: no status ever says it.
    public static Optional<MessageStatus> ofWord(String word) {
        return switch (word) {
            case "sent" -> Optional.of(SENT);
            case "failed" -> Optional.of(FAILED);
            case "delivered" -> Optional.of(DELIVERED);
            case "read" -> Optional.of(READ);
            case "played" -> Optional.of(PLAYED);
            default -> Optional.empty();
        };
    }

    /// The status of a word in `history_context`, which also knows what is still to be sent.
    public static Optional<MessageStatus> ofHistory(String word) {
        return switch (word) {
            case "pending" -> Optional.of(PENDING);
            case "error" -> Optional.of(FAILED);
            default -> ofWord(word);
        };
    }
}
