package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;

/// A browser that has the console's overview open: it listens for hints, and fetches the page again and again, if
/// sooner than a browser does.
final class OpenOverview {
    private static final long REST_MILLIS = 1_000;

    private OpenOverview() {}

    /// Until the stack is closed.
    static void at(Stack stack) {
        int port = stack.withConsole();
        stack.startConsole();
        var visit = new ConsoleVisit(port);
        visit.listen("applied");
        Thread.ofPlatform().name("overview").daemon().start(() -> look(stack, visit));
    }

    private static void look(Stack stack, ConsoleVisit visit) {
        try (visit) {
            while (stack.console() != null) {
                try {
                    visit.get("/overview");
                } catch (StackFailure standsStillOrEnded) {
                    Pause.millis(REST_MILLIS);
                }
                Pause.millis(REST_MILLIS);
            }
        }
    }
}
