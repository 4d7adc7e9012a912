package dev.twotick.worker.consume;

import java.time.Duration;

/// The pause after a fault: twice as long after each in a row, up to a limit.
final class Pause {
    private final Duration least;
    private final Duration most;
    private Duration next;

    Pause(Duration least, Duration most) {
        this.least = least;
        this.most = most;
        this.next = least;
    }

    void over() {
        next = least;
    }

    void take() throws InterruptedException {
        Duration now = next;
        next = now.multipliedBy(2).compareTo(most) < 0 ? now.multipliedBy(2) : most;
        Thread.sleep(now);
    }
}
