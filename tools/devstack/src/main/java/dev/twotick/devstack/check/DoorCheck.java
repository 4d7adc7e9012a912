package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.ADDRESS;

import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.X509ExtendedTrustManager;

/// The hops from Meta to Twotick, in their order. What comes after a broken one would only repeat it.
///
/// @param url       the callback URL as Meta is told it
/// @param token     `TWOTICK_VERIFY_TOKEN`
/// @param signature of a body under the app's secret, `sha256=…` as Meta writes it
/// @param here      the Twotick on this machine, which should stand behind the URL
/// @param trust     whom Meta would trust
public record DoorCheck(
        URI url,
        String token,
        Function<byte[], String> signature,
        Optional<Here> here,
        X509ExtendedTrustManager trust) {
    private static final SecureRandom random = new SecureRandom();
    private static final int LONGEST_OVERRIDE = 200;

    /// @param webhook its own address
    /// @param trust   whom to trust there
    public record Here(URI webhook, X509ExtendedTrustManager trust) {}

    public void run(Report report) throws InterruptedException {
        if (here.isPresent()) {
            try (var client = new Client(here.get().trust)) {
                checkHere(here.get().webhook, client, report);
            }
        }
        try (var client = new Client(trust)) {
            if (report.isSound()) {
                checkAddress(report);
            }
            if (report.isSound()) {
                new Route(url, trust, report).check();
            }
            if (report.isSound()) {
                new Handshake(url, token, String.valueOf(1_000_000_000 + random.nextInt(1_000_000_000)), client, report)
                        .check();
            }
            var posts = new SignedPosts(url, header(), client, report);
            if (report.isSound()) {
                posts.check();
            }
            if (report.isSound() && !posts.areForMetaAlone()) {
                new BodyLimit(posts, report).check();
            }
        }
    }

    /// So that what fails from outside is not Twotick's own fault.
    private void checkHere(URI webhook, Client client, Report report) throws InterruptedException {
        var own = new Report(_ -> {});
        new Handshake(webhook, token, "1000000001", client, own).check();
        var posts = new SignedPosts(webhook, header(), client, own);
        if (own.isSound()) {
            posts.check();
        }
        var taken = posts.areForMetaAlone()
                ? "the handshake, and posts with Meta's certificate alone,"
                : "handshake and signed POST";
        own.firstBroken()
                .ifPresentOrElse(
                        fault -> report.broken("Twotick itself", fault.cause(), fault.found(), fault.remedy()),
                        () -> report.fine("Twotick itself", "takes " + taken + " at " + webhook));
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
