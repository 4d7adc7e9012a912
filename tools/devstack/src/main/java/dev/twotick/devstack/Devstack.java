package dev.twotick.devstack;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `java -jar devstack.jar up|send|listen|check|status|stop|train|third-party`; `./twotick` at the top is its front
/// door.
@Command(
        name = "twotick",
        subcommands = {
            Up.class,
            Send.class,
            Listen.class,
            Check.class,
            Status.class,
            Stop.class,
            Train.class,
            ThirdParty.class
        },
        description = "Twotick on one machine.")
public final class Devstack {
    private Devstack() {}

    public static void main(String[] arguments) {
        var commands = new CommandLine(new Devstack());
        commands.setExecutionExceptionHandler((fault, command, parsed) -> {
            if (!(fault instanceof StackFailure)) {
                fault.printStackTrace(System.err);
            }
            System.err.println("twotick: " + fault.getMessage());
            return 1;
        });
        System.exit(commands.execute(arguments));
    }
}
