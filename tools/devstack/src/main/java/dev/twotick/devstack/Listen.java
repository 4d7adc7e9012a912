package dev.twotick.devstack;

import dev.twotick.devstack.listen.Listener;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./twotick listen`: the other end of a hook, for a developer's terminal.
@Command(
        name = "listen",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 100,
        description = {
            "Receives hook calls on this machine, checks each signature, and prints each call in a line.",
            "",
            "Two terminals:",
            "  ./twotick listen",
            "  TWOTICK_HOOK_URL=http://localhost:3000/ ./twotick up",
            "",
            "up keeps that endpoint, so TWOTICK_HOOK_URL is said once. Secret and port are those of the ./twotick up of"
                    + " this clone, unless the options say otherwise.",
            "Answers 204, or 401 where a signature is wrong. With --forward-to your application gets each call as it"
                    + " came (bytes and headers), also one with a wrong signature, and its answer is the answer.",
            "Enter shows the last call's JSON, a number and Enter that call's; --json shows each.",
            ""
        })
final class Listen implements Callable<Integer> {
    private static final int PORT = 3000;
    private static final String NO_SECRET = """
            No secret is known, so no signature is looked at: ./twotick listen --secret whsec_…
            """;

    @Option(names = "--forward-to", paramLabel = "URL", description = "post each call there too, and answer its answer")
    private Optional<URI> forwardTo = Optional.empty();

    @Option(names = "--port", paramLabel = "N", description = "listen there (the port of TWOTICK_HOOK_URL, else 3000)")
    private Optional<Integer> port = Optional.empty();

    @Option(
            names = "--secret",
            paramLabel = "whsec_…",
            description = "the secret of the endpoint that calls here, or two with a comma between")
    private Optional<String> secret = Optional.empty();

    @Option(names = "--json", description = "print each call's whole body")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        forwardTo.ifPresent(Listen::requireHttp);
        var settings = settings();
        var url = settings.has("TWOTICK_HOOK_URL") ? settings.get("TWOTICK_HOOK_URL") : "";
        int chosen = port.orElseGet(() -> portOnThisMachine(url).orElse(PORT));
        boolean told = secret.isPresent() || portOnThisMachine(url).equals(Optional.of(chosen));
        listen(chosen, secret.orElseGet(() -> settings.get("TWOTICK_HOOK_SECRET")), told ? "" : upCallsHere(chosen));
        return 0;
    }

    private static String upCallsHere(int port) {
        return "If no endpoint points here yet:\n  TWOTICK_HOOK_URL=http://localhost:" + port + "/ ./twotick up\n";
    }

    private void listen(int chosen, String secrets, String more) throws InterruptedException {
        try (var listener = listener(chosen, secrets)) {
            System.out.println("Listening on http://localhost:" + listener.port() + "/"
                    + forwardTo.map(to -> ", forwarding to " + to).orElse("") + ".  Ctrl-C ends it.\n" + more
                    + (secrets.isEmpty() ? NO_SECRET : ""));
            readNumbers(listener);
            new CountDownLatch(1).await();
        } catch (IllegalArgumentException e) {
            throw new StackFailure(
                    e.getMessage() + "; it comes from " + (secret.isPresent() ? "--secret" : "TWOTICK_HOOK_SECRET"), e);
        }
    }

    private Listener listener(int port, String secrets) {
        try {
            return Listener.onTerminal(port, secrets, forwardTo, json);
        } catch (IOException e) {
            throw new StackFailure(
                    "port " + port + " cannot be had (" + e.getMessage()
                            + "); if your application listens there, have calls forwarded to it: ./twotick listen"
                            + " --port " + (port + 1) + " --forward-to http://localhost:" + port + "/",
                    e);
        }
    }

    /// Those of what runs, or of what would: the secret is made here where nobody made it yet, so that the next `up`
    /// has it.
    private static StackSettings settings() {
        var running = StackSettings.running();
        if (running.has("TWOTICK_URL") || running.has("TWOTICK_HOOK_SECRET")) {
            return running;
        }
        var project = Path.of(System.getProperty("twotick.project", "")).toAbsolutePath();
        return StackSettings.resolve(
                System.getenv(), project, Home.of(System.getenv(), project).make());
    }

    private static void requireHttp(URI url) {
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new StackFailure(
                    "--forward-to is \"" + url + "\" and should be a URL such as http://localhost:4000/hook");
        }
    }

    /// Where the hook URL means this machine.
    static Optional<Integer> portOnThisMachine(String url) {
        if (url.isEmpty() || url.equals("none")) {
            return Optional.empty();
        }
        try {
            var parsed = URI.create(url);
            var host = String.valueOf(parsed.getHost());
            return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")
                    ? Optional.of(parsed.getPort() < 0 ? 80 : parsed.getPort())
                    : Optional.empty();
        } catch (IllegalArgumentException notAUrl) {
            return Optional.empty();
        }
    }

    /// A number and Enter, or Enter alone; nothing where no person types.
    private static void readNumbers(Listener listener) {
        Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .ifPresent(console -> Thread.ofPlatform()
                        .daemon()
                        .name("keys")
                        .start(() -> new BufferedReader(new InputStreamReader(System.in, console.charset()))
                                .lines()
                                .map(String::strip)
                                .filter(line -> line.matches("\\d{0,6}"))
                                .forEach(line -> listener.show(line.isEmpty() ? 0 : Integer.parseInt(line)))));
    }
}
