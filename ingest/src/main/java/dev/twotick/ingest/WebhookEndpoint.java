package dev.twotick.ingest;

import dev.twotick.ingest.BodyReader.Body;
import dev.twotick.ingest.BodyReader.CutOff;
import dev.twotick.ingest.BodyReader.Faulty;
import dev.twotick.ingest.BodyReader.NoRoom;
import dev.twotick.ingest.BodyReader.TooLong;
import dev.twotick.ingest.BodyReader.TooSlow;
import dev.twotick.ingest.BodyReader.Whole;
import dev.twotick.ingest.SignatureVerifier.Claimed;
import dev.twotick.ingest.SignatureVerifier.Refused;
import dev.twotick.ingest.SignatureVerifier.Signed;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.model.trace.TraceId;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
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
    /// Bytes whose HMAC would keep the other connections of a selector waiting.
    private static final int LONG = 64 * 1024;
    private static final int TOO_MANY = 429;
    private static final String HANDSHAKE = "handshake";

    private final PostAdmission admission;
    private final VerifyTokens tokens;
    private final SignatureVerifier verifier;
    private final BodyReader reader;
    private final InFlightBytes inFlight;
    private final KnownSenders known;
    private final UnsignedLimit unsigned;
    private final PayloadLog payloadLog;
    private final Executor virtual;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final ReceiveSpans spans;
    private final RareLog rareLog = new RareLog(log);

    /// @param virtual a thread for each body that is long
    WebhookEndpoint(
            PostAdmission admission,
            VerifyTokens tokens,
            SignatureVerifier verifier,
            BodyReader reader,
            InFlightBytes inFlight,
            KnownSenders known,
            UnsignedLimit unsigned,
            PayloadLog payloadLog,
            Executor virtual,
            InstantSource clock,
            IngestMetrics metrics) {
        this.admission = admission;
        this.tokens = tokens;
        this.verifier = verifier;
        this.reader = reader;
        this.inFlight = inFlight;
        this.known = known;
        this.unsigned = unsigned;
        this.payloadLog = payloadLog;
        this.virtual = virtual;
        this.clock = clock;
        this.metrics = metrics;
        spans = new ReceiveSpans(clock);
    }

    void handshake(Context ctx) throws InterruptedException {
        String challenge = ctx.queryParam("hub.challenge");
        String token = ctx.queryParam("hub.verify_token");
        String wrong = null;
        if (!"subscribe".equals(ctx.queryParam("hub.mode"))) {
            wrong = "hub.mode";
        } else if (challenge == null || challenge.isEmpty() || challenge.length() > MAX_CHALLENGE) {
            wrong = "hub.challenge";
        } else if (token == null) {
            wrong = "hub.verify_token";
        } else if (!tokens.knows(token)) {
            long wait = unsigned.count(ctx);
            if (wait > 0) {
                limited(ctx, wait);
                return;
            }
            wrong = tokens.findsNow(token) ? null : "hub.verify_token";
        }
        if (wrong != null || challenge == null) {
            rareLog.warn("handshake=refused wrong=" + wrong);
            metrics.refused(403, HANDSHAKE);
            ctx.status(403);
            return;
        }
        log.info("handshake=accepted");
        ctx.header("X-Content-Type-Options", "nosniff")
                .contentType("text/plain")
                .result(challenge);
    }

    private void limited(Context ctx, long wait) {
        rareLog.warn("handshake=limited");
        metrics.refused(TOO_MANY, HANDSHAKE);
        ctx.status(TOO_MANY).header("Retry-After", Long.toString(wait));
    }

    /// Never waits: what follows happens when the body has come, and again when the log has it.
    void receive(Request request, Response response, Callback callback) {
        request.addIdleTimeoutListener(_ -> false); // who waits for our answer is not idle: a servlet says the same
        InFlightBytes.Charge charge = inFlight.open(request.getLength(), known.has(WebhookPost.sender(request)));
        WebhookPost post = new WebhookPost(request, response, callback, charge, spans.caller(request));
        step(post, () -> {
            Optional<String> refusal = admission.refusal(request);
            if (refusal.isPresent()) {
                discard(post, () -> forbidden(post, refusal.get()));
                return;
            }
            switch (verifier.read(post.header(SignatureVerifier.HEADER))) {
                case Refused refused -> refuseUnread(post, refused);
                case Claimed claimed -> reader.read(post, body -> step(post, () -> hasRead(post, claimed, body)));
            }
        });
    }

    private void refuseUnread(WebhookPost post, Refused refused) {
        long wait = unsigned.count(post.request());
        if (wait > 0) {
            tooMany(post.announced() == 0 ? post : post.asTheLast(), refused, wait); // its body is left on the line
        } else {
            CheckAnswer.refused(post, refused.reason);
            discard(post, () -> unauthorized(post, refused));
        }
    }

    /// One of the things that happen to a post. Whoever's thread it is has others to serve, and does not see its fault.
    private void step(WebhookPost post, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            fault(post, e);
        }
    }

    private void fault(WebhookPost post, Throwable why) {
        try {
            log.error("request=failed", why);
            if (post.answered().get()) {
                post.breakOff(why); // in the middle of its answer
            } else {
                retry(post, "fault");
            }
        } catch (RuntimeException | Error again) {
            post.breakOff(again);
        }
    }

    private void hasRead(WebhookPost post, Claimed claimed, Body body) {
        switch (body) {
            case Whole(byte[] bytes)
            when bytes.length > LONG -> virtual.execute(() -> step(post, () -> verify(post, claimed, bytes)));
            case Whole(byte[] bytes) -> verify(post, claimed, bytes);
            case NoRoom _ -> {
                post.charge().close();
                discard(post, () -> retry(post, "no room"));
            }
            case TooLong _ -> discard(post, () -> tooLong(post));
            case TooSlow _ -> answer(post.asTheLast(), 408, "too slow");
            case CutOff(Throwable why) -> {
                log.debug("request=cut_off error={}", why.getClass().getSimpleName());
                answer(post, 400, "cut off");
            }
            case Faulty(Throwable why) -> fault(post, why);
        }
    }

    private void discard(WebhookPost post, Runnable whenDone) {
        reader.discard(post, () -> step(post, whenDone));
    }

    private void verify(WebhookPost post, Claimed claimed, byte[] body) {
        switch (verifier.verify(claimed, body)) {
            case Refused refused -> {
                long wait = unsigned.count(post.request());
                if (wait > 0) {
                    tooMany(post, refused, wait);
                } else {
                    CheckAnswer.mismatch(post, body);
                    unauthorized(post, refused);
                }
            }
            case Signed signed -> {
                known.add(post.sender());
                SignedPayload payload =
                        SignedPayload.received(clock.instant(), body, claimed.signature(), signed.app());
                payloadLog.keep(payload, receipt -> step(post, () -> answer(post, receipt, signed, payload)));
            }
        }
    }

    private void answer(WebhookPost post, Receipt receipt, Signed signed, SignedPayload payload) {
        if (!(receipt instanceof Receipt.Refused)) {
            CheckAnswer.kept(post, signed, payload.id());
        }
        switch (receipt) {
            case Receipt.Logged _ -> answer(post, payload, 200, "logged");
            case Receipt.Parked _ -> answer(post, payload, 200, "parked");
            case Receipt.Refused refused -> {
                retry(post, refused.why());
                spans.answered(post, payload, 503, refused.why());
            }
        }
    }

    private void answer(WebhookPost post, SignedPayload payload, int status, String outcome) {
        answer(post, status, outcome);
        spans.answered(post, payload, status, outcome);
        if (log.isDebugEnabled()) {
            log.atDebug()
                    .addKeyValue(TraceId.KEY, new TraceId(payload.id().value()).hex())
                    .log("post={} payload={}", outcome, payload.id());
        }
    }

    private void forbidden(WebhookPost post, String why) {
        rareLog.warn("post=refused reason=\"" + why + "\"");
        CheckAnswer.refused(post, why);
        answer(post, 403, why);
    }

    private void unauthorized(WebhookPost post, Refused refused) {
        rareLog.warn("post=refused reason=\"signature: " + refused.reason + "\"");
        answer(post, 401, refused.reason);
    }

    private void tooMany(WebhookPost post, Refused refused, long wait) {
        rareLog.warn("post=limited reason=\"signature: " + refused.reason + "\"");
        answer(post.with(HttpHeader.RETRY_AFTER, Long.toString(wait)), TOO_MANY, refused.reason);
    }

    private void tooLong(WebhookPost post) {
        CheckAnswer.refused(post, "too long");
        rareLog.warn("post=refused reason=\"too long\" hint=TWOTICK_MAX_BODY_BYTES");
        answer(post, 413, "too long");
    }

    private void retry(WebhookPost post, String why) {
        rareLog.warn("post=refused reason=\"" + why + "\"");
        answer(post.with(HttpHeader.RETRY_AFTER, RETRY_AFTER_SECONDS), 503, why);
    }

    private void answer(WebhookPost post, int status, String outcome) {
        metrics.answered(status, outcome);
        post.answer(status);
    }
}
