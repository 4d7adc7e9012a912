package dev.twotick.soak;

import dev.twotick.devstack.Child;
import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.soak.Armed.Victim;
import dev.twotick.soak.Rules.Note;
import dev.twotick.soak.Step.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A process of Twotick's that is started again whenever it ended, armed anew.
final class RestartedProcess implements AutoCloseable {
    private static final List<String> JVM = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    /// Javac's classes, verified by nobody: a second less of processor time, of the four that a start costs.
    private static final List<String> SOON =
            List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote");

    private final Home home;
    private final String name;
    private final Role role;
    private final Program program;
    private final Map<String, String> settings;
    private final int port;
    private final Rules rules;
    private final StepPlan plan;
    private final boolean shortForm;
    private final Figures figures;
    private final Thread thread;
    private int starts;
    private @Nullable Process process;
    private List<Armed> armed = List.of();
    /// What was done to the one that runs now.
    private Done done = Done.NOTHING;

    private boolean closed;

    private enum Done {
        NOTHING,
        KILL,
        STOP
    }

    /// @param port   where it listens
    /// @param shortForm of a test: it starts soon, and a worker has a patience that suits it
    RestartedProcess(
            Home home,
            String name,
            Role role,
            Program program,
            Map<String, String> settings,
            int port,
            Rules rules,
            StepPlan plan,
            boolean shortForm,
            Figures figures) {
        this.home = home;
        this.name = name;
        this.role = role;
        this.program = program;
        this.settings = Map.copyOf(settings);
        this.port = port;
        this.rules = rules;
        this.plan = plan;
        this.shortForm = shortForm;
        this.figures = figures;
        this.thread = Thread.ofPlatform().name("restart-" + name).unstarted(this::run);
    }

    String name() {
        return name;
    }

    Role role() {
        return role;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            for (var running = begin(); running.isPresent(); running = begin()) {
                int code = running.get().waitFor();
                ended(running.get().pid(), code);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            figures.wrong(name + " could not be started: " + e);
        }
    }

    private Optional<Process> begin() {
        var arm = plan.next(role, name);
        synchronized (this) {
            if (closed) {
                return Optional.empty();
            }
            armed = arm;
            done = Done.NOTHING;
            keepLog();
            var options = new ArrayList<>(JVM);
            options.addAll(shortForm ? SOON : List.of());
            options.addAll(rules.options(name, armed, shortForm && role == Role.WORKER));
            process = new Child(home, name, program, options, List.of(), settings).start();
            notifyAll();
            return Optional.of(process);
        }
    }

    private void keepLog() {
        var log = home.logs().resolve(name + ".log");
        try {
            if (Files.exists(log)) {
                Files.move(log, log.resolveSibling("%s.%04d.log".formatted(name, starts)));
            }
            starts++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void ended(long pid, int code) {
        var note = rules.notes().stream()
                .filter(one -> one.pid() == pid && one.victim() == Victim.SELF)
                .findFirst();
        note.ifPresent(Note::takeAway);
        if (note.isPresent()) {
            plan.struck(note.get().step());
            figures.struck(note.get().step(), name);
        } else if (done == Done.KILL) {
            figures.killed(name);
        } else if (done == Done.STOP && (code == 143 || code == 0)) {
            figures.stopped();
        } else if (!closed) {
            figures.wrong(name + " ended by itself with code " + code + "; start " + starts + ", see its log");
        }
    }

    /// SIGKILL.
    synchronized void kill() {
        if (process != null && process.isAlive()) {
            done = Done.KILL;
            process.destroyForcibly();
        }
    }

    synchronized boolean isArmed() {
        return !armed.isEmpty();
    }

    /// SIGTERM; returns when it has ended, and the next one listens.
    void restartInOrder() throws InterruptedException {
        Process old;
        synchronized (this) {
            old = process;
            if (old == null) {
                return;
            }
            done = Done.STOP;
            old.destroy();
        }
        if (!old.waitFor(java.time.Duration.ofSeconds(60))) {
            figures.wrong(name + " did not end within a minute of SIGTERM");
            kill();
        }
        awaitListening();
    }

    void awaitListening() throws InterruptedException {
        long end = System.nanoTime() + 300_000_000_000L;
        while (!listens()) {
            if (System.nanoTime() > end) {
                figures.wrong(name + " does not listen five minutes after its start");
                return;
            }
            Thread.sleep(50);
        }
    }

    private boolean listens() {
        synchronized (this) {
            if (process == null || !process.isAlive() || done != Done.NOTHING) {
                return false;
            }
        }
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /// SIGTERM, and no other follows it.
    @Override
    public void close() {
        Process last;
        synchronized (this) {
            closed = true;
            last = process;
            if (last != null) {
                done = Done.STOP;
                last.destroy();
            }
        }
        try {
            if (last != null && !last.waitFor(java.time.Duration.ofSeconds(30))) {
                last.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
