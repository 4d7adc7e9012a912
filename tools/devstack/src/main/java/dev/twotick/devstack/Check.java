package dev.twotick.devstack;

import dev.twotick.devstack.check.DoorCheck;
import dev.twotick.devstack.check.Report;
import dev.twotick.devstack.check.Report.Finding;
import dev.twotick.devstack.check.Trust;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./twotick check`: what Meta will do, before Meta does it.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 100,
        description = {
            "Asks the address that Meta is to call what Meta will ask it, through tunnel and proxy, and says which hop"
                    + " fails and why: DNS, connection, certificate and those between it and its authority, TLS versions,"
                    + " path, verify token, app secret, a body that is rewritten on the way, a proxy that answers by itself, and the longest body that passes.",
            "",
            "Token and secret are those of the ./twotick up of this clone, else of the environment, else of the options.",
            "What it posts becomes a row or four of the log (one of 3 MiB, which packs to little), and no message,"
                    + " contact or event.",
            ""
        },
        exitCodeListHeading = "%nExit codes%n",
        exitCodeList = {
            " 0:all is well, or nothing worse than doubtful",
            " 1:the check itself failed",
            " 2:the command is wrong",
            "10:address or DNS",
            "11:no connection",
            "12:certificate, TLS",
            "13:handshake: token, path, redirect, somebody else answers",
            "14:signed POST: secret, rewritten body, somebody else answers",
            "15:body limit"
        })
final class Check implements Callable<Integer> {
    @Parameters(paramLabel = "URL", description = "as Meta is told it, such as https://hooks.example.com/webhook")
    private URI url = URI.create("");

    @Option(names = "--token", paramLabel = "TOKEN", description = "the verify token (TWOTICK_VERIFY_TOKEN)")
    private Optional<String> token = Optional.empty();

    @Option(names = "--secret", paramLabel = "SECRET", description = "the app secret (first of TWOTICK_APP_SECRETS)")
    private Optional<String> secret = Optional.empty();

    @Override
    public Integer call() throws InterruptedException {
        if (url.getHost() == null || !("https".equals(url.getScheme()) || "http".equals(url.getScheme()))) {
            System.err.println("twotick: \"" + url + "\" should be a URL such as https://hooks.example.com/webhook");
            return 2;
        }
        var settings = StackSettings.running();
        var verifyToken = token.orElseGet(
                () -> settings.get("TWOTICK_VERIFY_TOKEN").split(",", 2)[0].strip());
        var appSecret = secret.orElseGet(settings::appSecret);
        if (verifyToken.isEmpty() || appSecret.isEmpty()) {
            System.err.println("twotick: no verify token or app secret is known here; start ./twotick up, set"
                    + " TWOTICK_VERIFY_TOKEN and TWOTICK_APP_SECRETS, or give --token and --secret");
            return 2;
        }
        var report = new Report(finding -> System.out.println(words(finding)));
        new DoorCheck(url, verifyToken, body -> Signature.of(body, appSecret), here(settings), Trust.inAuthorities())
                .run(report);
        return report.firstBroken().map(broken -> broken.cause().exitCode).orElse(0);
    }

    /// The webhook of what runs here, unless another one's token or secret is asked for.
    private Optional<DoorCheck.Here> here(StackSettings settings) {
        if (token.isPresent() || secret.isPresent() || !settings.has("TWOTICK_URL")) {
            return Optional.empty();
        }
        var webhook = URI.create(settings.get("TWOTICK_URL") + settings.get("TWOTICK_WEBHOOK_PATH"));
        return Optional.of(new DoorCheck.Here(
                webhook, settings.servesTls() ? Trust.in(settings.certificate()) : Trust.inAuthorities()));
    }

    private static String words(Finding finding) {
        return switch (finding) {
            case Finding.Fine(String hop, String found) -> String.format("  ok     %-15s %s", hop, found);
            case Finding.Doubtful(String hop, String found, String remedy) ->
                String.format("  doubt  %-15s %s%n%24s%s", hop, found, "", remedy);
            case Finding.Broken broken ->
                String.format("  FAILS  %-15s %s%n%24s%s", broken.hop(), broken.found(), "", broken.remedy());
        };
    }
}
