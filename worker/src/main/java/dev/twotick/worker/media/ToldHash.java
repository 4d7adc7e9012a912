package dev.twotick.worker.media;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A SHA-256 as Meta says it: webhooks have base64, the answer to the first call has hex.
final class ToldHash {
    private static final int BYTES = 32;

    /// Nothing where it is neither, as in samples.
    static Optional<byte[]> parse(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            byte[] hash = text.length() == 2 * BYTES
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text);
            return hash.length == BYTES ? Optional.of(hash) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private ToldHash() {}
}
