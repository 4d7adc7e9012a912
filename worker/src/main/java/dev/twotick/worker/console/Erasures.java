package dev.twotick.worker.console;

import dev.twotick.worker.privacy.Erasure;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Erasures that were begun here, and how far they are. One that ends with the console is begun again, from the
/// contact or by `worker --forget`, and finishes.
final class Erasures implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Erasures.class);

    private final PersonalData data;
    private final Runs<Run> runs = new Runs<>();

    Erasures(PersonalData data) {
        this.data = data;
    }

    /// False: there is no TWOTICK_ENCRYPTION_KEY.
    boolean canErase() {
        return data.erasureKey().isPresent();
    }

    /// @param ids all that the contact has
    /// @return nothing while another runs, as each goes through the whole log
    synchronized Optional<Run> start(Collection<String> ids, long business) {
        if (runs.going() > 0) {
            return Optional.empty();
        }
        Run run = new Run(UUID.randomUUID());
        runs.add(run);
        run.thread = Thread.ofVirtual().name("erasure-" + run.id).start(() -> run.run(data, ids, business));
        return Optional.of(run);
    }

    Optional<Run> find(String id) {
        return runs.find(id);
    }

    @Override
    public synchronized void close() {
        runs.forEach(Run::interrupt);
    }

    /// One of them, as it stands at this moment. It does not say whom it is about.
    static final class Run implements Runs.Run {
        private final UUID id;
        private volatile String step = "begins";
        private volatile int done;
        private volatile int steps = 1;
        private volatile Erasure.@Nullable Erased erased;
        private volatile @Nullable String fault;
        private volatile @Nullable Thread thread;

        private Run(UUID id) {
            this.id = id;
        }

        private void run(PersonalData data, Collection<String> ids, long business) {
            try {
                erased = data.forget(ids, business, this::at);
            } catch (RuntimeException | Error e) { // else it would never be over, and nobody be forgotten after it
                log.warn("erasure={} fault={}", id, e.getClass().getSimpleName());
                fault = e.getClass().getSimpleName();
            }
        }

        private void at(String what, int of, int all) {
            step = what;
            done = of;
            steps = all;
        }

        @Override
        public UUID id() {
            return id;
        }

        String step() {
            return step;
        }

        int done() {
            return done;
        }

        int steps() {
            return steps;
        }

        Erasure.@Nullable Erased erased() {
            return erased;
        }

        @Nullable
        String fault() {
            return fault;
        }

        @Override
        public boolean isOver() {
            return erased != null || fault != null;
        }

        private void interrupt() {
            Thread running = thread;
            if (running != null) {
                running.interrupt();
            }
        }
    }
}
