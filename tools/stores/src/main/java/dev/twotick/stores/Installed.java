package dev.twotick.stores;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Servers that a machine may have, and that no test brings itself.
public final class Installed {
    private Installed() {}

    /// Says so where there is none: a test that leaves itself out in silence proves nothing.
    ///
    /// @param name also of Debian's package
    public static Optional<Path> program(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/bin";
        Optional<Path> program = Stream.of(path.split(":", -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (program.isEmpty()) {
            System.out.println(
                    "Tests leave out what needs " + name + ": there is none here (Debian: apt install " + name + ")");
        }
        return program;
    }
}
