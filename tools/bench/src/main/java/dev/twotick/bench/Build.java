package dev.twotick.bench;

import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import dev.twotick.devstack.Training;
import java.nio.file.Path;

/// Twotick as somebody built it: its jars, copied so that building it anew meanwhile changes nothing.
///
/// @param name as the table calls it
/// @param home of its processes
record Build(String name, Home home, Program ingest, Program worker) {

    /// @param project a clone in which Twotick was built
    /// @param folder  for its copies and its logs
    static Build of(String name, Path project, Path folder) {
        var home = new Home(folder).make();
        return new Build(name, home, Program.of(project, "ingest", home), Program.of(project, "worker", home));
    }

    /// From now on its processes start as they do after an earlier `./twotick up`.
    Build trained() {
        try {
            Training.make(home, ingest, worker);
            return this;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }

    /// As compiled, for the tests.
    static Build onClassPath(String classPath, Path folder) {
        return new Build(
                "twotick",
                new Home(folder).make(),
                Program.onClassPath(classPath, "dev.twotick.ingest.Ingest"),
                Program.onClassPath(classPath, "dev.twotick.worker.WorkerCommand"));
    }
}
