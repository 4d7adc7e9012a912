package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;

/// What a stream is filled with.
///
/// @param times each payload is posted so often
record Fill(int payloads, int times, Shape shape) {
    int entries() {
        return payloads * times;
    }

    /// Each counts once.
    long events() {
        return (long) payloads * shape.updates();
    }

    Fill eachTimes(int count) {
        return new Fill(payloads, count, shape);
    }
}
