package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.SIGNATURE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.devstack.check.CheckHeader.Said;
import dev.twotick.devstack.check.Client.Reply;
import dev.twotick.devstack.check.Client.Reply.Answer;
import dev.twotick.devstack.check.Client.Reply.Silence;
import java.net.URI;
import java.util.Arrays;
import java.util.Map;

/// Meta's POST: signed, in Meta's spelling, taken by a Twotick that proves to know the secret; wrongly signed, refused.
///
/// What is posted says of itself what it is, and makes no message, contact or event: only a row in the log.
final class SignedPosts {
    private static final String HOP = "signed POST";
    private static final String SIGNATURE_HEADER = "X-Hub-Signature-256";

    private final URI url;
    private final CheckHeader header;
    private final Client client;
    private final Report report;
    private boolean proven;
    private boolean forMetaAlone;

    SignedPosts(URI url, CheckHeader header, Client client, Report report) {
        this.url = url;
        this.header = header;
        this.client = client;
        this.report = report;
    }

    /// In Meta's spelling: `\\u` in lower case, an escaped slash; and with the white space and order that a parser
    /// drops.
    static byte[] inMetasSpelling(String nonce) {
        return ("{\"object\":\"twotick_check\",\"entry\":[ ],\"nonce\":\"" + nonce
                        + "\",\"text\":\"Gr\\u00fc\\u00dfe \\ud83d\\ude42 https:\\/\\/example.com\\/\\u0040\",\"n\":1.10}")
                .getBytes(UTF_8);
    }

    void check() throws InterruptedException {
        var body = inMetasSpelling(header.nonce());
        Reply reply = post(body);
        switch (reply) {
            case Silence(String why) ->
                broken(why, "Tunnel or proxy cut the POST off. Its log may tell; the GET before got through.");
            case Answer answer when answer.status() == 200 -> taken(answer);
            case Answer answer when answer.status() == 401 -> refused(answer, body);
            case Answer answer when answer.status() == 403 -> forbidden(answer);
            case Answer answer -> broken("answered " + answer.words(), remedy(answer));
        }
        if (report.isSound() && !forMetaAlone) {
            checkWrongSignature();
        }
    }

    Reply post(byte[] body) throws InterruptedException {
        return post(body, header.signature().apply(body));
    }

    private Reply post(byte[] body, String signature) throws InterruptedException {
        return client.post(url, body, Map.of(SIGNATURE_HEADER, signature, CheckHeader.NAME, header.nonce()));
    }

    CheckHeader header() {
        return header;
    }

    /// Whether it was Twotick beyond doubt.
    boolean isProven() {
        return proven;
    }

    /// Whether nothing more can be posted from here.
    boolean areForMetaAlone() {
        return forMetaAlone;
    }

    /// In the words of `ingest`, which looks at the way before the signature.
    private void forbidden(Answer answer) {
        var said = header.read(answer);
        if (said.equals(new Said.Refused("no client certificate"))) {
            forMetaAlone = true;
            report.doubtful(
                    HOP,
                    "refused by Twotick, as it should be: it asks for Meta's client certificate"
                            + " (TWOTICK_TLS_CLIENT_CA_FILE)",
                    "Secret, rewritten bodies and the body limit cannot be tried from here: look at"
                            + " twotick_ingest_posts_total when Meta posts, or check once without that setting.");
        } else if (said.equals(new Said.Refused("not over TLS"))) {
            broken(
                    "refused by Twotick, which serves TLS itself and takes no payload over plain HTTP",
                    "Have tunnel or proxy speak https to TWOTICK_TLS_PORT (8443).");
        } else {
            broken("answered " + answer.words(), remedy(answer));
        }
    }

    private void taken(Answer answer) {
        switch (header.read(answer)) {
            case Said.Kept(String id) -> {
                proven = true;
                report.fine(HOP, "the bytes arrived as sent; Twotick, with this secret, keeps them as payload " + id);
            }
            case Said.Forged _ ->
                broken(
                        "answered 200, with a proof that does not fit the secret",
                        "Whoever answers is not your Twotick. Which server is it?");
            case Said.Nothing _, Said.Refused _, Said.Mismatch _ ->
                report.doubtful(
                        HOP,
                        "answered " + answer.words() + ", without Twotick's proof that it was Twotick",
                        "Either something drops the header " + CheckHeader.NAME
                                + " (harmless), or answers in Twotick's place (Meta's payloads would be lost): the"
                                + " payload must be in the log, ./twotick psql -c \"select id, received_at from"
                                + " payload_log order by id desc limit 3\".");
        }
    }

    private void refused(Answer answer, byte[] body) {
        switch (header.read(answer)) {
            case Said.Mismatch mismatch
            when mismatch.isOf(body) ->
                broken(
                        "answered 401: the bytes arrived as sent, and Twotick has another app secret",
                        "Compare TWOTICK_APP_SECRETS of the Twotick behind this address with the secret used here"
                                + " (App settings, Basic, App secret at Meta).");
            case Said.Mismatch mismatch ->
                broken(
                        "answered 401: something on the way rewrites the body (" + body.length + " bytes sent, "
                                + mismatch.length() + " arrived)",
                        "A proxy or function that parses the JSON and writes it again, or a firewall that edits."
                                + " Have it hand the raw bytes through.");
            case Said.Refused(String why) ->
                broken(
                        "answered 401: \"" + why + "\", so the header " + SIGNATURE_HEADER + " did not arrive as sent",
                        "Have the proxy let it pass.");
            case Said.Nothing _, Said.Kept _, Said.Forged _ ->
                broken(
                        "answered " + answer.words() + ", which does not say that it is Twotick's",
                        answer.body().isEmpty()
                                ? "Wrong app secret, a rewritten body or a dropped header: Twotick's log says which"
                                        + " (post=refused reason=…)."
                                : "Something before Twotick wants a login; let POSTs pass without one.");
        }
    }

    private void checkWrongSignature() throws InterruptedException {
        var body = inMetasSpelling(header.nonce());
        Reply reply = post(body, header.signature().apply(Arrays.copyOf(body, body.length - 1)));
        if (reply instanceof Answer answer && (answer.status() == 401 || answer.status() == 429)) {
            report.fine("forged POST", "a wrong signature is refused (" + answer.status() + ")");
        } else {
            report.broken(
                    "forged POST",
                    SIGNATURE,
                    "a wrong signature is answered " + reply.words() + " instead of 401",
                    "Whoever answers looks at no signature: the tunnel or proxy answers by itself, and Meta would take"
                            + " payloads for delivered that never reach Twotick.");
        }
    }

    private static String remedy(Answer answer) {
        return switch (answer.status() / 100 == 3 ? 300 : answer.status()) {
            case 300 ->
                "Meta follows no redirect (this one leads to " + Report.clean(answer.header("location"))
                        + "): register that address.";
            case 403 -> "A firewall (WAF, CSRF protection) refuses POSTs; let them pass.";
            case 404, 405 -> "GET passes, POST does not: look at the proxy's rules for methods.";
            case 413 -> "The proxy's body limit is smaller than some hundred bytes; let 3 MiB pass.";
            case 429 ->
                "Twotick has had many posts of this address that were not signed rightly, and this is another: is the"
                        + " secret right? Or the proxy limits the rate; Meta must not be limited.";
            case 502, 504 -> "The proxy lost Twotick in the middle; look at both logs.";
            case 503 ->
                answer.body().isEmpty()
                        ? "Twotick cannot keep payloads now: GET /health at its own port says why."
                        : "Tunnel or proxy does not reach Twotick.";
            default -> "Twotick says 200, 401, 413, 429 or 503 here; which server answers so?";
        };
    }

    private void broken(String found, String remedy) {
        report.broken(HOP, SIGNATURE, found, remedy);
    }
}
