package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.List;

/// What a JVM is told to run: a jar, or a class on a class path.
///
/// @param launch the end of the command line, before the program's own arguments
/// @param isJar  only of a jar can the JVM keep a shared archive: of a class path with folders it cannot
public record Program(List<String> launch, boolean isJar) {
    public Program {
        launch = List.copyOf(launch);
    }

    public static Program jar(Path jar) {
        return new Program(List.of("-jar", jar.toString()), true);
    }

    public static Program onClassPath(String classPath, String mainClass) {
        return new Program(List.of("-cp", classPath, mainClass), false);
    }
}
