package dev.twotick.model.process;

import java.time.Duration;

/// Pauses while something fails: each twice as long as the one before, up to a limit. For one thread.
public final class Backoff {
    private final Duration least;
    private final Duration most;
    private Duration next;

    public Backoff(Duration least, Duration most) {
        this.least = least;
        this.most = most;
        this.next = least;
    }

    /// It succeeded: the next pause is the least one.
    public void over() {
        next = least;
    }

    /// How long to wait this time.
    public Duration next() {
        Duration now = next;
        Duration twice = now.multipliedBy(2);
        next = twice.compareTo(most) < 0 ? twice : most;
        return now;
    }

    public void pause() throws InterruptedException {
        Thread.sleep(next());
    }
}
