package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.ADDRESS;

import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/// The hops from Meta to Twotick, in their order. What comes after a broken one would only repeat it.
///
/// @param url       the callback URL as Meta is told it
/// @param token     `TWOTICK_VERIFY_TOKEN`
/// @param signature of a body under the app's secret, `sha256=…` as Meta writes it
/// @param here      the webhook of the Twotick on this machine, which should stand behind the URL
/// @param tls       whom to trust
public record DoorCheck(URI url, String token, Function<byte[], String> signature, Optional<URI> here, SSLContext tls) {
    private static final SecureRandom random = new SecureRandom();
    private static final int LONGEST_OVERRIDE = 200;

    public void run(Report report) throws InterruptedException {
        try (var client = new Client(tls)) {
            if (here.isPresent()) {
                checkHere(here.get(), client, report);
            }
            if (report.isSound()) {
                checkAddress(report);
            }
            if (report.isSound()) {
                new Route(url, tls, report).check();
            }
            if (report.isSound()) {
                new Handshake(url, token, String.valueOf(1_000_000_000 + random.nextInt(1_000_000_000)), client, report)
                        .check();
            }
            var posts = new SignedPosts(url, header(), client, report);
            if (report.isSound()) {
                posts.check();
            }
            if (report.isSound()) {
                new BodyLimit(posts, report).check();
            }
        }
    }

    /// So that what fails from outside is not Twotick's own fault.
    private void checkHere(URI webhook, Client client, Report report) throws InterruptedException {
        var own = new Report(_ -> {});
        new Handshake(webhook, token, "1000000001", client, own).check();
        if (own.isSound()) {
            new SignedPosts(webhook, header(), client, own).check();
        }
        own.firstBroken()
                .ifPresentOrElse(
                        fault -> report.broken("Twotick itself", fault.cause(), fault.found(), fault.remedy()),
                        () -> report.fine("Twotick itself", "takes handshake and signed POST at " + webhook));
    }

    private void checkAddress(Report report) {
        var path = url.getRawPath();
        if (path.isEmpty() || path.equals("/")) {
            report.doubtful(
                    "address",
                    "has no path",
                    "Twotick listens on TWOTICK_WEBHOOK_PATH (/webhook): " + url.resolve("/webhook") + "?");
        }
        if (url.toString().contains("+")) {
            report.broken("address", ADDRESS, "holds a +", "Meta turns it into %20: choose a path without one.");
        }
        if (url.toString().length() > LONGEST_OVERRIDE) {
            report.doubtful(
                    "address",
                    "is longer than " + LONGEST_OVERRIDE + " characters",
                    "As an override of a number or account Meta does not take it.");
        }
    }

    private CheckHeader header() {
        var nonce = new byte[16];
        random.nextBytes(nonce);
        return new CheckHeader(HexFormat.of().formatHex(nonce), signature);
    }
}
