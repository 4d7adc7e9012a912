package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.HANDSHAKE;

import dev.twotick.devstack.check.Client.Reply;
import dev.twotick.devstack.check.Client.Reply.Answer;
import dev.twotick.devstack.check.Client.Reply.Silence;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Meta's GET, when the callback URL is entered: the challenge comes back bare where the token is right, and only
/// there.
final class Handshake {
    private static final String HOP = "handshake";
    private static final String SEND_AS_IT_CAME =
            "docs/deploy.md has configurations of nginx, HAProxy and Caddy that hand it through.";

    private final URI url;
    private final String token;
    private final Client client;
    private final Report report;
    private final String challenge;

    /// @param challenge digits, as Meta sends them
    Handshake(URI url, String token, String challenge, Client client, Report report) {
        this.url = url;
        this.token = token;
        this.challenge = challenge;
        this.client = client;
        this.report = report;
    }

    void check() throws InterruptedException {
        switch (client.get(asking(token))) {
            case Silence(String why)
            when why.contains("certificate_required") -> broken(Route.WANTS_CERTIFICATE, Route.ABOUT_CERTIFICATE);
            case Silence(String why) -> broken(why, "Tunnel or proxy took the connection and went no further.");
            case Answer answer
            when answer.status() == 200 && answer.body().equals(challenge) -> {
                if (refusesAnotherToken()) {
                    report.fine(HOP, "the right token gets the challenge, a wrong one 403");
                    checkHead();
                }
            }
            case Answer answer -> explain(answer);
        }
    }

    private boolean refusesAnotherToken() throws InterruptedException {
        Reply reply = client.get(asking(token + "-wrong"));
        if (reply instanceof Answer answer && (answer.status() == 403 || answer.status() == 429)) {
            return true;
        }
        broken(
                "a wrong token is answered " + reply.words() + " instead of 403",
                "Whoever answers is not Twotick: it takes any token. Which server is it?");
        return false;
    }

    private void checkHead() throws InterruptedException {
        Reply reply = client.head(asking(token));
        if (!(reply instanceof Answer answer) || answer.status() != 200) {
            report.doubtful(
                    "HEAD",
                    "is answered " + reply.words() + ", and GET 200",
                    "Meta does not ask by HEAD; monitors and balancers may.");
        }
    }

    private void explain(Answer answer) {
        if (answer.status() / 100 == 3) {
            broken(
                    "redirected (" + answer.status() + ") to " + Report.clean(answer.header("location")),
                    "Meta follows no redirect: register the address it leads to, or have the proxy not redirect.");
        } else if (answer.status() == 200 && answer.body().strip().equals(challenge)) {
            broken("the challenge comes back with white space around it", "Something rewrites the answer.");
        } else if (answer.status() == 200) {
            broken(
                    "answered " + answer.words() + ", and not with the challenge",
                    answer.isPage()
                            ? "A page of the tunnel or proxy, not Twotick: a notice that one has to click away, a"
                                    + " login, or another site of the same server."
                            : "The proxy answers by itself (Caddy does so for a path that no handler takes, and Meta"
                                    + " would take it for delivered). " + SEND_AS_IT_CAME);
        } else {
            broken("answered " + answer.words(), remedy(answer));
        }
    }

    private String remedy(Answer answer) {
        return switch (answer.status()) {
            case 401, 407 -> "Something before Twotick wants a login; let " + url.getPath() + " pass without one.";
            case 403 ->
                answer.body().isEmpty()
                        ? "The token that Twotick has is another: compare TWOTICK_VERIFY_TOKEN (spaces, quotes, .env"
                                + " changed without a restart?). Its log says handshake=refused wrong=hub.verify_token."
                        : "Most likely a firewall (WAF) before Twotick, whose own answers have no body.";
            case 404 ->
                "The wrong path: Twotick listens on TWOTICK_WEBHOOK_PATH (/webhook), and sees the path that the proxy"
                        + " sends on. " + SEND_AS_IT_CAME;
            case 400 -> "The request's head is refused: wrong Host, HTTP/2 to Twotick, or TLS to a port without it.";
            case 429 ->
                "Something limits the rate; Meta must not be limited. Twotick does so to an address that had many wrong"
                        + " tokens or signatures: is the token right? Try again in a minute.";
            case 502, 503, 504, 521, 522, 523, 530 ->
                "Tunnel or proxy does not reach Twotick: is it running, and is the port that it was told right?";
            default -> "Which server answers so? Twotick says 200 or 403 here.";
        };
    }

    private void broken(String found, String remedy) {
        report.broken(HOP, HANDSHAKE, found, remedy);
    }

    private URI asking(String verifyToken) {
        var query = "hub.mode=subscribe&hub.challenge=" + challenge + "&hub.verify_token="
                + URLEncoder.encode(verifyToken, StandardCharsets.UTF_8).replace("+", "%20");
        return URI.create(url + (url.getRawQuery() == null ? "?" : "&") + query);
    }
}
