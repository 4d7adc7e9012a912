package dev.twotick.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Another commit, in a git worktree of its own and built there with its own pom; or a clone that is built already.
final class Checkout {
    private Checkout() {}

    /// @param which   a folder, or what git takes for a commit
    /// @param project this clone
    /// @param folder  where worktrees go; one that is there from another run is used again
    static Path of(String which, Path project, Path folder, Consumer<String> say) {
        var built = Path.of(which).toAbsolutePath();
        if (Files.isRegularFile(built.resolve("pom.xml"))) {
            return built;
        }
        var commit = git(project, "rev-parse", "--verify", "--short=10", which + "^{commit}");
        var tree = folder.resolve(commit);
        if (!Files.exists(tree.resolve("pom.xml"))) {
            git(project, "worktree", "prune");
            git(project, "worktree", "add", "--detach", tree.toString(), commit);
        }
        if (!isBuilt(tree)) {
            say.accept("building " + which + " in " + tree);
            var maven = Optional.ofNullable(System.getProperty("twotick.mvn")).orElse("mvn");
            var log = folder.resolve(commit + ".log");
            // its tests ran when it was made; here it is only measured
            run(
                    tree,
                    log,
                    List.of(maven, "-B", "-q", "package", "-Dmaven.test.skip=true", "-pl", "ingest,worker", "-am"));
        }
        return tree;
    }

    private static boolean isBuilt(Path tree) {
        return Files.isDirectory(tree.resolve("ingest/target/lib"))
                && Files.isDirectory(tree.resolve("worker/target/lib"));
    }

    private static String git(Path project, String... arguments) {
        var command = new ArrayList<>(List.of("git", "-C", project.toString()));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new StackFailure(String.join(" ", command) + ": " + output.strip()
                        + "\n--against takes a commit, or the folder of a clone that is built");
            }
            return output.strip();
        } catch (IOException e) {
            throw new StackFailure("cannot run git: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }

    private static void run(Path folder, Path log, List<String> command) {
        try {
            var process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (process.waitFor() != 0) {
                throw new StackFailure("the build of " + folder + " failed; see " + log);
            }
        } catch (IOException e) {
            throw new StackFailure("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }
}
