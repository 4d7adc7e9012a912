package dev.twotick.devstack;

import dev.twotick.stores.LeftBehind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One process of ours, run from a jar.
///
/// It ignores SIGINT, so that a Ctrl-C in the terminal reaches only us, and each is ended in its turn (SIGTERM): a JVM
/// that starts with the signal ignored leaves it so. Its pid is on file before it runs, for the `up` after a killed
/// one.
public final class Child {
    private static final String DETACHED = "trap '' INT HUP; echo $$ > \"$0\"; exec \"$@\"";

    private final String name;
    private final List<String> command;
    private final Map<String, String> settings;
    private final Path log;

    /// @param arguments after the program
    /// @param settings  the only `TWOTICK_*` variables that it sees
    public Child(
            Home home,
            String name,
            Program program,
            List<String> jvmOptions,
            List<String> arguments,
            Map<String, String> settings) {
        this(home, name, List.of(), program, jvmOptions, arguments, settings);
    }

    private Child(
            Home home,
            String name,
            List<String> before,
            Program program,
            List<String> jvmOptions,
            List<String> arguments,
            Map<String, String> settings) {
        this.name = name;
        this.log = home.logs().resolve(name + ".log");
        this.settings = Map.copyOf(settings);
        this.command = new ArrayList<>(
                List.of("sh", "-c", DETACHED, pidFile(home, name).toString()));
        command.addAll(before);
        command.add(java());
        command.add(home.mark());
        command.addAll(List.of("-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED"));
        program.cache().ifPresent(cache -> command.addAll(archive(cache, home.sharedArchive(name), jvmOptions)));
        command.addAll(jvmOptions);
        command.addAll(program.launch());
        command.addAll(arguments);
    }

    /// Whatever else wants to run on this machine comes first.
    static Child inBackground(
            Home home, String name, Program program, List<String> jvmOptions, List<String> arguments) {
        return new Child(
                home,
                name,
                List.of("nice", "-n", "19"),
                program,
                jvmOptions,
                arguments,
                Map.of("TWOTICK_HOME", home.folder().toString()));
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// Until there is a cache, and beside a Java agent, which the JVM lets none be used with: an archive of the classes
    /// alone, which is made at the first end. Beside an agent the JVM can use such a one, and refuses to make one.
    /// -Xlog: a stale archive is made anew, which is no news.
    private static List<String> archive(AotCache cache, Path classes, List<String> jvmOptions) {
        boolean agent = jvmOptions.stream().anyMatch(option -> option.startsWith("-javaagent:"));
        if (!agent && cache.exists()) {
            return cache.use();
        }
        if (agent && !Files.exists(classes)) {
            return List.of();
        }
        var options = new ArrayList<>(List.of("-XX:SharedArchiveFile=" + classes, "-Xlog:cds=off", "-Xlog:aot=off"));
        if (!agent) {
            options.add("-XX:+AutoCreateSharedArchive");
        }
        return options;
    }

    String name() {
        return name;
    }

    public Path log() {
        return log;
    }

    /// Starts the process; what the log held goes to `<name>.log.1`.
    public Process start() {
        try {
            if (Files.exists(log)) {
                Files.move(log, log.resolveSibling(name + ".log.1"), StandardCopyOption.REPLACE_EXISTING);
            }
            var builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(log.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("TWOTICK_"));
            builder.environment().putAll(settings);
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name, e);
        }
    }

    /// Ends what a killed `up` left running under this name, and says so.
    public static void endLeftBehind(Home home, String name, int seconds) {
        LeftBehind.find(pidFile(home, name), home.mark()).ifPresent(process -> {
            System.out.println("twotick: ending " + name + " (pid " + process.pid() + "), left behind by a killed run");
            LeftBehind.end(process, seconds);
        });
    }

    public String lastLines() {
        try {
            var lines = Files.exists(log) ? Files.readAllLines(log) : List.<String>of();
            return String.join("\n  ", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "(cannot read " + log + ")";
        }
    }

    private static Path pidFile(Home home, String name) {
        return home.pids().resolve(name + ".pid");
    }
}
