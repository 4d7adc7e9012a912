package dev.twotick.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;

/// The jars that run are copies: a build in the same clone (`./twotick test` beside `./twotick up`) writes over the
/// originals, and a JVM whose jar changes under it falls over.
final class AppCopy {
    private AppCopy() {}

    /// Copies `<module>/target/<module>-<version>.jar` and `lib/` into the home where they differ.
    ///
    /// @return the copied jar
    static Path of(Path project, String module, Home home) {
        var target = project.resolve(module).resolve("target");
        var app = home.app(module);
        try {
            Files.createDirectories(app.resolve("lib"));
            var jar = copy(jarIn(target, module), app.resolve(module + ".jar"));
            var wanted = new HashSet<Path>();
            try (var libraries = Files.list(target.resolve("lib"))) {
                for (var library : libraries.toList()) {
                    wanted.add(copy(library, app.resolve("lib").resolve(library.getFileName())));
                }
            }
            try (var libraries = Files.list(app.resolve("lib"))) {
                for (var old :
                        libraries.filter(library -> !wanted.contains(library)).toList()) {
                    Files.delete(old);
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy " + target + " to " + app, e);
        }
    }

    private static Path jarIn(Path target, String module) throws IOException {
        if (Files.isDirectory(target)) {
            try (var files = Files.newDirectoryStream(target, module + "-*.jar")) {
                for (var jar : files) {
                    return jar;
                }
            }
        }
        throw new StackFailure("there is no " + module + " jar in " + target + "; build it with mvn package");
    }

    /// Size and time decide; both are kept, since a shared archive remembers them.
    private static Path copy(Path from, Path to) throws IOException {
        var same = Files.exists(to)
                && Files.size(from) == Files.size(to)
                && Files.getLastModifiedTime(from).equals(Files.getLastModifiedTime(to));
        if (!same) {
            Files.deleteIfExists(to);
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
        }
        return to;
    }
}
