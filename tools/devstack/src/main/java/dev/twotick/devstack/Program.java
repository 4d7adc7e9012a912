package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a JVM is told to run: a jar, or a class on a class path.
///
/// @param launch the end of the command line, before the program's own arguments
/// @param cache  where a jar's is or would be: of a class path with folders the JVM can keep none
public record Program(List<String> launch, Optional<AotCache> cache) {
    public Program {
        launch = List.copyOf(launch);
    }

    /// Ingest or worker as it was built in `project`, to be run from a copy in `home`.
    public static Program of(Path project, String module, Home home) {
        var jar = AppCopy.of(project, module, home);
        return new Program(List.of("-jar", jar.toString()), Optional.of(AotCache.of(caches(project), module, jar)));
    }

    public static Program onClassPath(String classPath, String mainClass) {
        return new Program(List.of("-cp", classPath, mainClass), Optional.empty());
    }

    /// Beside the jars that were built, with which they come and go.
    static Path caches(Path project) {
        return project.resolve("target").resolve("aot");
    }

    Path jar() {
        return Path.of(launch.getLast());
    }

    boolean lacksItsCache() {
        return cache.isPresent() && !cache.get().exists();
    }
}
