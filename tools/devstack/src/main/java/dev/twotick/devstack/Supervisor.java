package dev.twotick.devstack;

import dev.twotick.stores.LeftBehind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Watches over the processes and the stores, starts again what dies, and ends all in order, the door first:
/// ingest, then worker, then the stores, each with time to finish what it has in hand.
///
/// The lock is held for each step of starting, so that a Ctrl-C finds every step either done or not begun.
final class Supervisor {
    private static final int DRAIN_S = 30;
    private static final int LOOK_EVERY_S = 3;

    private final ReentrantLock step = new ReentrantLock();
    private final Map<String, Process> running = new LinkedHashMap<>();
    private final LinkedBlockingQueue<Death> deaths = new LinkedBlockingQueue<>();
    private final Home home;
    private final EmbeddedStores stores;
    private volatile boolean ending;

    private record Death(Child child, int code) {}

    Supervisor(Home home, EmbeddedStores stores) {
        this.home = home;
        this.stores = stores;
    }

    interface Step<T> {
        T take();
    }

    /// Does `step` unless the end has begun; then it waits for the end of the JVM.
    <T> T inOrder(Step<T> next) {
        step.lock();
        try {
            if (!ending) {
                return next.take();
            }
        } catch (RuntimeException e) {
            if (!ending) {
                throw e; // otherwise it is but the end, felt by the step
            }
        } finally {
            step.unlock();
        }
        throw awaitEnd();
    }

    /// Runs a child to its end.
    ///
    /// @throws StackFailure with its last lines, if it fails
    void runToEnd(Child child) {
        var process = inOrder(() -> begin(child));
        int code = process.onExit().join().exitValue();
        step.lock();
        try {
            running.remove(child.name());
        } finally {
            step.unlock();
        }
        if (code != 0 && !ending) {
            throw died(child, code);
        }
    }

    void start(Child child) {
        var process = inOrder(() -> begin(child));
        Thread.ofVirtual().name("await-" + child.name()).start(() -> {
            int code = process.onExit().join().exitValue();
            deaths.add(new Death(child, code));
        });
    }

    /// For what runs behind the others, and once: how it ends is a line, and no more.
    void startLater(Child child, int seconds) {
        Thread.ofVirtual().name("await-" + child.name()).start(() -> {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(seconds));
            Process process = inOrder(() -> begin(child));
            int code = process.onExit().join().exitValue();
            if (!ending) {
                say(child.name() + (code == 0 ? " is done" : " came to nothing (" + child.log() + ")"));
            }
        });
    }

    private Process begin(Child child) {
        var process = child.start();
        running.put(child.name(), process);
        return process;
    }

    /// Returns when the process at `url` is healthy and sees its stores, or is healthy without them for ten
    /// seconds; says what it warns of.
    ///
    /// @throws StackFailure if a child dies meanwhile, or after a minute
    void awaitHealthy(Child child, String url) throws InterruptedException {
        var health = new HealthProbe();
        long begin = System.nanoTime();
        while (true) {
            var answer = health.ask(url);
            long waited = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
            if (answer.healthy() && (!answer.lacksAStore() || waited >= 10)) {
                if (answer.warns()) {
                    say(child.name() + " warns: " + answer.words());
                }
                return;
            }
            var death = deaths.poll(50, TimeUnit.MILLISECONDS);
            if (death != null && !ending) {
                throw died(death.child(), death.code());
            }
            if (waited >= 60) {
                throw new StackFailure(child.name() + " is not healthy after a minute: " + url + "/health says "
                        + answer.words() + "\n  its last lines (" + child.log() + "):\n  " + child.lastLines());
            }
        }
    }

    /// Watches for ever: what dies from now on is started again.
    void watch() throws InterruptedException {
        while (true) {
            var death = deaths.poll(LOOK_EVERY_S, TimeUnit.SECONDS);
            if (ending) {
                throw awaitEnd();
            }
            if (death != null) {
                say(died(death.child(), death.code()).getMessage() + "\ntwotick: starting it again");
                TimeUnit.SECONDS.sleep(1); // so that one which dies at once does not keep the machine busy
                start(death.child());
            }
            try {
                inOrder(() -> {
                    stores.revive();
                    return true;
                });
            } catch (IllegalStateException e) {
                say(e.getMessage() + "\ntwotick: trying again in " + LOOK_EVERY_S + " s");
            }
        }
    }

    /// Ends everything. Called once, by the JVM's shutdown hook.
    void end() {
        ending = true;
        step.lock();
        try {
            Files.deleteIfExists(home.runEnv());
            for (var entry : running.entrySet()) {
                end(entry.getKey(), entry.getValue().toHandle());
            }
            stores.stop();
        } catch (IOException e) {
            say("cannot delete " + home.runEnv());
        } finally {
            step.unlock();
        }
    }

    private static void end(String name, ProcessHandle process) {
        if (process.isAlive()) {
            say("stopping " + name);
            LeftBehind.end(process, DRAIN_S);
        }
    }

    /// The hook halts the JVM under this thread.
    private static StackFailure awaitEnd() {
        while (true) {
            try {
                TimeUnit.DAYS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static StackFailure died(Child child, int code) {
        return new StackFailure(child.name() + " ended with code " + code + "; its last lines (" + child.log()
                + "):\n  " + child.lastLines());
    }

    private static void say(String line) {
        System.out.println("twotick: " + line);
    }
}
