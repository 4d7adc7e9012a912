package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;

/// Waiting, in a program that nobody interrupts but its end.
final class Pause {
    private Pause() {}

    static void millis(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }
}
