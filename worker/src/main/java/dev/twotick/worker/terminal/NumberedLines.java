package dev.twotick.worker.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/// The lines of a file of any length, in constant memory: one that is too long is passed over, not read in.
public final class NumberedLines implements AutoCloseable {
    public static final int MAX_BYTES = 64 * 1024;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final InputStream in;
    private long number;
    private long bytes;

    public NumberedLines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /// @param text    null where there is none to be had
    /// @param problem why
    public record Line(
            long number, @Nullable String text, @Nullable String problem) {}

    /// Bytes read so far.
    public long bytes() {
        return bytes;
    }

    /// The next line, without its end; null after the last.
    @Nullable
    public Line next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        boolean tooLong = false;
        int read = in.read();
        if (read < 0) {
            return null;
        }
        number++;
        for (; read >= 0; read = in.read()) {
            bytes++;
            if (read == '\n') {
                break;
            }
            if (line.size() < MAX_BYTES) {
                line.write(read);
            } else {
                tooLong = true;
            }
        }
        return tooLong ? new Line(number, null, "longer than " + MAX_BYTES + " bytes") : decoded(line.toByteArray());
    }

    private Line decoded(byte[] line) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
            return new Line(number, number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text, null);
        } catch (CharacterCodingException e) {
            return new Line(number, null, "not UTF-8");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
