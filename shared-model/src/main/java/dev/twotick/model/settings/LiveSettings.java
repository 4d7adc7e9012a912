package dev.twotick.model.settings;

import dev.twotick.model.process.Loop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Settings whose file (`…_FILE`) is read again while the process runs, each second: a secret is replaced by replacing
/// its file. The content is compared, not the file's time, so that a link which is turned to another folder (as
/// Kubernetes does it) is seen like any other change.
///
/// What cannot be taken (empty, gone, of the wrong form) changes nothing, and says so. What can be is taken when two
/// looks have found the same: a file that is being written may be half of it at one of them.
public final class LiveSettings implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveSettings.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int LOOKS_BETWEEN_LINES = 60;

    private final Map<String, String> environment;
    private final List<Followed<?>> followed = new CopyOnWriteArrayList<>();
    private final Thread looks = Loop.thread("settings", () -> {
        Thread.sleep(PAUSE);
        look();
        return true;
    });

    public LiveSettings(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    public LiveSettings(SettingsReader settings) {
        this(settings.environment());
    }

    /// From [#start] on, at each change.
    ///
    /// @param name  of the variable, for people
    /// @param first what was read at the start
    /// @param read  as it was read then
    /// @param use   is told what holds from now on; told again in a second when it throws
    public <T> void follow(String name, T first, Function<SettingsReader, T> read, Consumer<T> use) {
        followed.add(new Followed<>(name, first, read, use));
    }

    /// Where no setting comes from a file, nothing ever changes.
    public void start() {
        if (environment.entrySet().stream()
                .anyMatch(
                        set -> set.getKey().endsWith("_FILE") && !set.getValue().isBlank())) {
            looks.start();
        }
    }

    void look() {
        followed.forEach(Followed::look);
    }

    /// Variables whose file cannot be taken as it is.
    public List<String> refused() {
        return followed.stream()
                .filter(setting -> !setting.problem.isEmpty())
                .map(setting -> setting.name)
                .toList();
    }

    /// The same in sentences, for `/health`.
    public List<String> warnings() {
        return refused().stream()
                .map(name -> "What the file of " + name
                        + " holds now cannot be taken: what was read before it stays in force; the log says why")
                .toList();
    }

    @Override
    public void close() {
        looks.interrupt();
    }

    private final class Followed<T> {
        private final String name;
        private final Function<SettingsReader, T> read;
        private final Consumer<T> use;
        private T inForce;
        private @Nullable T seen;
        private volatile String problem = "";
        private int looksSinceLine;

        Followed(String name, T first, Function<SettingsReader, T> read, Consumer<T> use) {
            this.name = name;
            this.inForce = first;
            this.read = read;
            this.use = use;
        }

        void look() {
            SettingsReader settings = new SettingsReader(environment);
            T found = read.apply(settings);
            if (!settings.problems().isEmpty()) {
                seen = null;
                keep(String.join("; ", settings.problems()));
            } else if (found.equals(inForce)) {
                seen = null;
                problem = "";
            } else if (found.equals(seen)) {
                take(found);
            } else {
                seen = found;
            }
        }

        private void take(T found) {
            try {
                use.accept(found);
            } catch (IllegalArgumentException e) {
                keep(String.valueOf(e.getMessage()));
                return;
            } catch (RuntimeException e) {
                keep("cannot be used yet (" + e.getClass().getSimpleName() + ")");
                return;
            }
            inForce = found;
            seen = null;
            problem = "";
            log.info("setting=changed name={}", name);
        }

        private void keep(String why) {
            if (!why.equals(problem) || looksSinceLine >= LOOKS_BETWEEN_LINES) {
                log.warn("setting=kept name={} problem=\"{}\"", name, why);
                looksSinceLine = 0;
            }
            looksSinceLine++;
            problem = why;
        }
    }
}
