package dev.twotick.ingest;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Reads a body's raw bytes. Memory is charged as bytes arrive, not as they are announced, and a sender who dawdles is
/// cut off, so that neither holds the room that Meta's posts need.
final class BodyReader {
    private static final int FIRST_CHUNK = 2 * 1024;
    private static final int DISCARDED_CHUNK = 8 * 1024;
    /// Meta sends from data centres. Three MiB have half a minute, and a post that took longer would be sent again.
    private static final long LEAST_BYTES_PER_SECOND = 128 * 1024;
    private static final long GRACE_NANOS = 5_000_000_000L;

    private final int limit;

    BodyReader(int limit) {
        this.limit = limit;
    }

    sealed interface Body {}

    record Whole(byte[] bytes) implements Body {}

    record TooLong() implements Body {}

    record TooSlow() implements Body {}

    record NoRoom() implements Body {}

    /// @param charge pays for what is held
    /// @throws IOException when the sender has gone
    Body read(HttpServletRequest request, InFlightBytes.Charge charge) throws IOException {
        long announced = request.getContentLengthLong();
        if (announced > limit) {
            return new TooLong(); // before the stream is asked for: that tells who waits for it to continue
        }
        Patience patience = new Patience();
        InputStream in = request.getInputStream();
        int first = in.read(); // who sends nothing is charged nothing
        if (first < 0) {
            return new Whole(new byte[0]);
        }
        int end = announced < 0 ? limit + 1 : (int) announced;
        byte[] bytes = new byte[Math.min(end, FIRST_CHUNK)];
        if (!charge.tryAdd(bytes.length)) {
            return new NoRoom();
        }
        bytes[0] = (byte) first;
        int length = 1;
        while (length < end) {
            if (length == bytes.length) {
                int more = Math.min(bytes.length / 2, end - bytes.length);
                if (!charge.tryAdd(more)) {
                    return new NoRoom();
                }
                bytes = Arrays.copyOf(bytes, bytes.length + more);
            }
            int read = in.read(bytes, length, bytes.length - length);
            if (read < 0) {
                break;
            }
            length += read;
            if (patience.endsAfter(read)) {
                return new TooSlow();
            }
        }
        if (length > limit) {
            return new TooLong();
        }
        return new Whole(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
    }

    /// Takes the rest of a refused body off the line, within reason, because most clients read no answer before they
    /// have sent everything.
    void discard(HttpServletRequest request) throws IOException {
        if (request.getContentLengthLong() > 2L * limit || request.getHeader("Expect") != null) {
            return;
        }
        InputStream in = request.getInputStream();
        Patience patience = new Patience();
        byte[] chunk = new byte[DISCARDED_CHUNK];
        long length = 0;
        int read = in.read(chunk);
        while (read >= 0 && length <= 2L * limit && !patience.endsAfter(read)) {
            length += read;
            read = in.read(chunk);
        }
    }

    /// Each byte buys time at the least rate, and never more than the grace ahead: a burst at first buys no dawdling.
    private static final class Patience {
        private long end = System.nanoTime() + GRACE_NANOS;

        boolean endsAfter(int bytesRead) {
            long now = System.nanoTime();
            end = Math.min(end + bytesRead * 1_000_000_000L / LEAST_BYTES_PER_SECOND, now + GRACE_NANOS);
            return now - end > 0;
        }
    }
}
