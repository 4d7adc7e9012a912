package dev.twotick.ingest;

import dev.twotick.ingest.BodyReader.NoRoom;
import dev.twotick.ingest.BodyReader.TooLong;
import dev.twotick.ingest.BodyReader.TooSlow;
import dev.twotick.ingest.BodyReader.Whole;
import dev.twotick.ingest.SignatureVerifier.Claimed;
import dev.twotick.ingest.SignatureVerifier.Refused;
import dev.twotick.ingest.SignatureVerifier.Signed;
import dev.twotick.model.payload.SignedPayload;
import io.javalin.http.Context;
import io.javalin.http.Header;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.InstantSource;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where Meta knocks. `GET` is the handshake, `POST` a payload; a post is verified, kept, and only then answered 200.
///
/// @see <a
/// href="https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint">
/// Meta: create a webhook endpoint</a>
final class WebhookEndpoint {
    private static final Logger log = LoggerFactory.getLogger(WebhookEndpoint.class);
    private static final int MAX_CHALLENGE = 1_024;
    private static final String RETRY_AFTER_SECONDS = "2";

    private final VerifyTokens tokens;
    private final SignatureVerifier verifier;
    private final BodyReader reader;
    private final InFlightBytes inFlight;
    private final KnownSenders known;
    private final PayloadLog payloadLog;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final RareLog rareLog = new RareLog(log);

    WebhookEndpoint(
            VerifyTokens tokens,
            SignatureVerifier verifier,
            BodyReader reader,
            InFlightBytes inFlight,
            KnownSenders known,
            PayloadLog payloadLog,
            InstantSource clock,
            IngestMetrics metrics) {
        this.tokens = tokens;
        this.verifier = verifier;
        this.reader = reader;
        this.inFlight = inFlight;
        this.known = known;
        this.payloadLog = payloadLog;
        this.clock = clock;
        this.metrics = metrics;
    }

    void handshake(Context ctx) throws InterruptedException {
        String challenge = ctx.queryParam("hub.challenge");
        String token = ctx.queryParam("hub.verify_token");
        String wrong = null;
        if (!"subscribe".equals(ctx.queryParam("hub.mode"))) {
            wrong = "hub.mode";
        } else if (challenge == null || challenge.isEmpty() || challenge.length() > MAX_CHALLENGE) {
            wrong = "hub.challenge";
        } else if (token == null || !tokens.accept(token)) {
            wrong = "hub.verify_token";
        }
        if (wrong != null || challenge == null) {
            rareLog.warn("handshake=refused wrong=" + wrong);
            ctx.status(403);
            return;
        }
        log.info("handshake=accepted");
        ctx.header("X-Content-Type-Options", "nosniff")
                .contentType("text/plain")
                .result(challenge);
    }

    void receive(Context ctx) throws IOException, InterruptedException {
        switch (verifier.read(ctx.header(SignatureVerifier.HEADER))) {
            case Refused refused -> {
                reader.discard(ctx.req());
                unauthorized(ctx, refused);
            }
            case Claimed claimed -> {
                try (InFlightBytes.Charge charge =
                        inFlight.open(ctx.req().getContentLengthLong(), known.has(sender(ctx)))) {
                    read(ctx, claimed, charge);
                }
            }
        }
    }

    private void read(Context ctx, Claimed claimed, InFlightBytes.Charge charge)
            throws IOException, InterruptedException {
        switch (reader.read(ctx.req(), charge)) {
            case Whole body -> verify(ctx, claimed, body.bytes());
            case NoRoom _ -> {
                charge.close();
                reader.discard(ctx.req());
                retry(ctx, "no room");
            }
            case TooLong _ -> {
                reader.discard(ctx.req());
                rareLog.warn("post=refused reason=\"too long\" hint=TWOTICK_MAX_BODY_BYTES");
                answer(ctx, 413, "too long");
            }
            case TooSlow _ -> {
                ctx.header(Header.CONNECTION, "close");
                answer(ctx, 408, "too slow");
            }
        }
    }

    private void verify(Context ctx, Claimed claimed, byte[] body) throws InterruptedException {
        switch (verifier.verify(claimed, body)) {
            case Refused refused -> unauthorized(ctx, refused);
            case Signed signed -> {
                known.add(sender(ctx));
                keep(ctx, SignedPayload.received(clock.instant(), body, claimed.signature(), signed.app()));
            }
        }
    }

    private void keep(Context ctx, SignedPayload payload) throws InterruptedException {
        switch (payloadLog.keep(payload)) {
            case Receipt.Logged _ -> answer(ctx, 200, "logged");
            case Receipt.Parked _ -> answer(ctx, 200, "parked");
            case Receipt.Refused refused -> retry(ctx, refused.why());
        }
    }

    private void unauthorized(Context ctx, Refused refused) {
        rareLog.warn("post=refused reason=\"signature: " + refused.reason + "\"");
        answer(ctx, 401, refused.reason);
    }

    private void retry(Context ctx, String why) {
        rareLog.warn("post=refused reason=\"" + why + "\"");
        ctx.header(Header.RETRY_AFTER, RETRY_AFTER_SECONDS);
        answer(ctx, 503, why);
    }

    private void answer(Context ctx, int status, String outcome) {
        ctx.status(status);
        metrics.answered(status, outcome);
    }

    /// Meta, or the proxy before us.
    private static SocketAddress sender(Context ctx) {
        return ServletContextRequest.getServletContextRequest(ctx.req())
                .getConnectionMetaData()
                .getRemoteSocketAddress();
    }
}
