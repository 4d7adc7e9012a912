package dev.twotick.stores;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Decides, once for a JVM, which servers the tests use: containers where a Docker engine answers, the embedded
/// binaries where none does. `TWOTICK_TEST_STORES` (a variable or a system property; `docker` or `embedded`) forces
/// one.
final class TestStores {
    private static @Nullable StorePair pair;

    private TestStores() {}

    /// The JVM's, from the first class that wants them until its end: where several JVMs share the classes of a module,
    /// each class is a run of JUnit's to itself.
    static synchronized StorePair running() {
        if (pair == null) {
            pair = start();
        }
        return pair;
    }

    private static StorePair start() {
        var forced = System.getProperty("TWOTICK_TEST_STORES", System.getenv("TWOTICK_TEST_STORES"));
        var started = switch (forced == null ? "" : forced.toLowerCase(Locale.ROOT)) {
            case "embedded" -> new EmbeddedPair();
            case "docker" -> new ContainerPair();
            case "" -> Images.canAllBeHad() ? new ContainerPair() : new EmbeddedPair();
            default ->
                throw new IllegalArgumentException("TWOTICK_TEST_STORES is docker, embedded or empty, not " + forced);
        };
        System.out.println(
                "Tests use " + started.description() + (forced == null ? "" : ", as TWOTICK_TEST_STORES says"));
        Runtime.getRuntime().addShutdownHook(new Thread(started::close, "close-test-stores"));
        return started;
    }
}
