package dev.twotick.bench.load;

import java.nio.ByteBuffer;

/// The least of HTTP/1.1 that two programs on one machine need: where a head ends, and how long its body is.
final class Head {
    private static final byte[] LENGTH = "content-length:".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private Head() {}

    /// How many bytes head and body have together; -1 while the head is not there whole.
    ///
    /// @param bytes from 0 to its position
    static int wholeLength(ByteBuffer bytes) {
        int end = bytes.position();
        int length = 0;
        int line = 0;
        for (int i = 0; i < end; i++) {
            if (bytes.get(i) != '\n') {
                continue;
            }
            if (i - line <= 1) {
                return i + 1 + length;
            }
            if (startsWithLength(bytes, line, i)) {
                length = number(bytes, line + LENGTH.length, i);
            }
            line = i + 1;
        }
        return -1;
    }

    private static boolean startsWithLength(ByteBuffer bytes, int from, int end) {
        if (end - from <= LENGTH.length) {
            return false;
        }
        for (int i = 0; i < LENGTH.length; i++) {
            byte here = bytes.get(from + i);
            if ((here >= 'A' && here <= 'Z' ? here + 32 : here) != LENGTH[i]) {
                return false;
            }
        }
        return true;
    }

    private static int number(ByteBuffer bytes, int from, int end) {
        int number = 0;
        for (int i = from; i < end; i++) {
            byte digit = bytes.get(i);
            if (digit >= '0' && digit <= '9') {
                number = number * 10 + digit - '0';
            }
        }
        return number;
    }
}
