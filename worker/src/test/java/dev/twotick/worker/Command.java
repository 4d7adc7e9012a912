package dev.twotick.worker;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;

/// The worker's command line, run in this process.
final class Command {
    record Said(int code, String out, String err) {
        String lastLine() {
            return out.lines().toList().getLast();
        }
    }

    static Said run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = WorkerCommand.commandLine(environment);
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int code = line.execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }

    private Command() {}
}
