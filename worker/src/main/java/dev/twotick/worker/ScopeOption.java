package dev.twotick.worker;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--scope`: what a user of the console, or a program of its API, may do.
final class ScopeOption {
    @Option(
            names = "--scope",
            paramLabel = "SCOPE",
            defaultValue = "write",
            description = "read: looks. write: acts, too. Default: write.")
    private String scope = "write";

    /// @throws ParameterException when it is neither
    boolean mayWrite(CommandSpec command) {
        if (!List.of("read", "write").contains(scope)) {
            throw new ParameterException(command.commandLine(), "--scope knows read and write, not " + scope);
        }
        return scope.equals("write");
    }

    static String word(boolean mayWrite) {
        return mayWrite ? "write" : "read";
    }
}
