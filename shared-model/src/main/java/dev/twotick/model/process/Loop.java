package dev.twotick.model.process;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The work of one thread, a turn after the other. No fault ends it in silence: after an exception the next turn
/// follows in a second; an [Error] (no memory left, a class file that is gone) leaves nothing to rely on, and ends the
/// process, so that whoever watches over it starts it again. What it had in hand is found by others, as after any
/// crash.
public final class Loop implements Runnable {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int EXIT_CODE = 70; // sysexits.h: an internal software error

    private final Turn turn;

    /// One round of the work.
    public interface Turn {
        /// @return whether another one follows
        /// @throws InterruptedException when the loop is told to end
        /// @throws Exception            which is logged; the next turn follows
        boolean take() throws Exception;
    }

    private Loop(Turn turn) {
        this.turn = turn;
    }

    /// A platform thread that is still to be started.
    public static Thread thread(String name, Turn turn) {
        return Thread.ofPlatform().name(name).unstarted(new Loop(turn));
    }

    /// For threads that are no loops (a hook call, a library's pool): what they do not catch is logged as well, and an
    /// [Error] ends the process. Call it once, where a process begins.
    public static void watchOtherThreads() {
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> {
            if (fault instanceof Error error) {
                endProcess(error);
            } else {
                log().error("thread={} state=ended", thread.getName(), fault);
            }
        });
    }

    @Override
    public void run() {
        try {
            boolean another = true;
            while (another) {
                another = next();
            }
        } catch (InterruptedException e) {
            log().debug("thread={} state=interrupted", Thread.currentThread().getName());
        } catch (Error e) {
            endProcess(e);
        }
    }

    private boolean next() throws InterruptedException {
        try {
            return turn.take();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            log().error(
                            "thread={} state=fault: it goes on in {}",
                            Thread.currentThread().getName(),
                            PAUSE,
                            e);
            Thread.sleep(PAUSE);
            return true;
        }
    }

    /// At once: what runs in good order at the end of a process may need what has just failed.
    private static void endProcess(Error error) {
        try {
            log().error("thread={} state=ends-process", Thread.currentThread().getName(), error);
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    /// Looked for when there is something to say: where logs go, a command line decides after [#watchOtherThreads].
    private static Logger log() {
        return LoggerFactory.getLogger(Loop.class);
    }
}
