package dev.twotick.worker.deliver;

import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.outbox.CallTrace;
import dev.twotick.worker.outbox.ErrorClass;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.jspecify.annotations.Nullable;

/// Follows one call while it is made: where its time goes, whom it reaches, what is answered. Not for two threads.
final class ExchangeTrace {
    /// As which the client hands it along, to [TracingOperator].
    static final class Context extends HttpClientContext {
        final ExchangeTrace trace;

        Context(ExchangeTrace trace) {
            this.trace = trace;
        }
    }

    private enum Stage {
        RESOLVE,
        CONNECT,
        SECURE,
        /// Also on a connection that was kept, where it is the only one.
        ANSWER
    }

    private final long beganAt;
    private @Nullable TraceId traceId;
    private Stage stage = Stage.ANSWER;
    private long stageBeganAt;
    private @Nullable Integer dns;
    private @Nullable Integer connect;
    private @Nullable Integer tls;
    private @Nullable Integer firstByte;
    private @Nullable String remoteAddress;
    private @Nullable String answer;
    private @Nullable ErrorClass failedAt;

    /// @param beganAt in [System#nanoTime]
    ExchangeTrace(long beganAt) {
        this.beganAt = beganAt;
    }

    void isIn(TraceId trace) {
        traceId = trace;
    }

    /// Null: the call was not made.
    @Nullable
    TraceId traceId() {
        return traceId;
    }

    void resolves() {
        begin(Stage.RESOLVE);
    }

    /// To one address, and to the next if that fails: their times are one.
    void connects() {
        if (stage == Stage.RESOLVE) {
            dns = millisSince(stageBeganAt);
            begin(Stage.CONNECT);
        } else if (stage == Stage.SECURE) {
            begin(Stage.CONNECT);
        }
    }

    void connected() {
        connect = millisSince(stageBeganAt);
        begin(Stage.ANSWER);
    }

    void secures() {
        begin(Stage.SECURE);
    }

    void secured() {
        tls = millisSince(stageBeganAt);
        begin(Stage.ANSWER);
    }

    private void begin(Stage next) {
        stage = next;
        stageBeganAt = System.nanoTime();
    }

    private static int millisSince(long nanos) {
        return (int) ((System.nanoTime() - nanos) / 1_000_000);
    }

    void reached(@Nullable SocketAddress remote) {
        if (remote instanceof InetSocketAddress internet && internet.getAddress() != null) {
            remoteAddress = text(internet.getAddress());
        }
    }

    /// `inet` knows no zone, such as `%eth0`.
    private static String text(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    /// The head of the answer is there.
    void answered(int code) {
        firstByte = millisSince(beganAt);
        failedAt =
                code >= 200 && code < 300 ? null : code >= 300 && code < 400 ? ErrorClass.REDIRECT : ErrorClass.STATUS;
    }

    /// PostgreSQL keeps no zero character in a text.
    void saying(byte[] body) {
        answer = body.length == 0 ? null : new String(body, StandardCharsets.UTF_8).replace('\0', '\uFFFD');
    }

    /// @param tooLate its deadline ended it
    void failed(IOException e, boolean tooLate) {
        failedAt = switch (stage) {
            case RESOLVE -> e instanceof GuardedResolver.NotPublic ? ErrorClass.ADDRESS : ErrorClass.DNS;
            case CONNECT -> ErrorClass.CONNECT;
            case SECURE -> ErrorClass.TLS;
            case ANSWER ->
                tooLate || e instanceof SocketTimeoutException
                        ? ErrorClass.TIMEOUT
                        : isClosed(e) ? ErrorClass.CLOSED : ErrorClass.PROTOCOL;
        };
    }

    private static boolean isClosed(IOException e) {
        return e instanceof NoHttpResponseException
                || e instanceof ConnectionClosedException
                || e instanceof SocketException
                || e instanceof SSLException;
    }

    void failedHere() {
        failedAt = ErrorClass.INTERNAL;
    }

    CallTrace kept() {
        return new CallTrace(failedAt, dns, connect, tls, firstByte, remoteAddress, answer);
    }
}
