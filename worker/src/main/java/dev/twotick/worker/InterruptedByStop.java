package dev.twotick.worker;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// While it is open, the signal that ends the process interrupts this thread instead, and waits ten seconds for what it
/// still has to say.
final class InterruptedByStop implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Thread hook;

    InterruptedByStop() {
        Thread running = Thread.currentThread();
        hook = new Thread(
                () -> {
                    running.interrupt();
                    join(running);
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private static void join(Thread thread) {
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// @param since empty: it came to its end
    static void sayHowToGoOn(PrintWriter out, Optional<Instant> since) {
        since.ifPresent(from -> out.println("Interrupted. To go on: the same flags, with --since " + from));
    }

    /// Without this, the end of the process would wait for the thread that ends it.
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // it runs already, and waits for us
        }
    }
}
