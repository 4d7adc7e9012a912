package dev.twotick.stores;

import java.util.Locale;

/// Decides, once for a JVM, which servers the tests use: containers where a Docker engine answers, the embedded
/// binaries where none does. `TWOTICK_TEST_STORES` (a variable or a system property; `docker` or `embedded`) forces
/// one.
final class TestStores {
    private TestStores() {}

    static StorePair start() {
        var forced = System.getProperty("TWOTICK_TEST_STORES", System.getenv("TWOTICK_TEST_STORES"));
        var pair = switch (forced == null ? "" : forced.toLowerCase(Locale.ROOT)) {
            case "embedded" -> new EmbeddedPair();
            case "docker" -> new ContainerPair();
            case "" -> Images.canAllBeHad() ? new ContainerPair() : new EmbeddedPair();
            default ->
                throw new IllegalArgumentException("TWOTICK_TEST_STORES is docker, embedded or empty, not " + forced);
        };
        System.out.println("Tests use " + pair.description() + (forced == null ? "" : ", as TWOTICK_TEST_STORES says"));
        // for a test run that is ended by Ctrl-C; after a normal end there is nothing left to close
        Runtime.getRuntime().addShutdownHook(new Thread(pair::close, "close-test-stores"));
        return pair;
    }
}
