package dev.twotick.devstack;

import dev.twotick.stores.LeftBehind;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `./twotick stop`: what Ctrl-C is, from another terminal.
@Command(name = "stop", description = "Ends a running ./twotick up, and all that it runs, in order.")
final class Stop implements Callable<Integer> {
    /// ingest and worker have half a minute each, the stores as much.
    private static final int PATIENCE_S = 120;

    @Override
    public Integer call() {
        var home = Home.of(System.getenv(), Path.of(System.getProperty("twotick.project", "")));
        Optional<ProcessHandle> up = home.running();
        if (up.isEmpty()) {
            System.out.println("twotick: nothing runs on " + home.folder());
            return 0;
        }
        System.out.println("twotick: stopping (pid " + up.get().pid() + "; it lets what it has in hand end)");
        up.get().destroy();
        if (!LeftBehind.awaitEnd(up.get(), PATIENCE_S)) {
            throw new StackFailure("./twotick up (pid " + up.get().pid() + ") still runs after " + PATIENCE_S
                    + " s; its terminal and " + home.logs() + " may say what it waits for");
        }
        System.out.println("twotick: stopped; the data stay in " + home.folder());
        return 0;
    }
}
