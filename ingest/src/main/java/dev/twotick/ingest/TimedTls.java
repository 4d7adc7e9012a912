package dev.twotick.ingest;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS below [TimedConnections], with the times for what those do not see: a handshake, a record that comes byte by
/// byte, records without anything in them. Who fails at the handshake is counted.
final class TimedTls extends SslConnectionFactory {
    private static final Logger log = LoggerFactory.getLogger(TimedTls.class);
    /// Nobody has reason to send more of them between two requests.
    private static final int MOST_EMPTY_RECORDS = 16;

    private static final String GONE = "gone";

    private final IngestMetrics metrics;
    private final RareLog rareLog = new RareLog(log);

    TimedTls(CertificateWatch certificate, IngestMetrics metrics) {
        super(certificate.jetty(), "http/1.1");
        setEnsureSecureRequestCustomizer(false); // it would hold Host against the certificate
        this.metrics = metrics;
    }

    @Override
    protected SslConnection newSslConnection(Connector connector, EndPoint endPoint, SSLEngine engine) {
        Watched watched = new Watched(connector, endPoint, engine);
        watched.addHandshakeListener(watched);
        return watched;
    }

    private final class Watched extends SslConnection implements SslHandshakeListener {
        private volatile boolean shaken;
        private volatile boolean unfinished = true;
        private volatile long begun = System.nanoTime();
        private final AtomicInteger emptyRecords = new AtomicInteger();
        private volatile boolean told;

        Watched(Connector connector, EndPoint endPoint, SSLEngine engine) {
            super(
                    connector.getByteBufferPool(),
                    connector.getExecutor(),
                    getSslContextFactory(),
                    endPoint,
                    engine,
                    isDirectBuffersForEncryption(),
                    isDirectBuffersForDecryption());
        }

        @Override
        protected SSLEngineResult unwrap(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
            SSLEngineResult result = super.unwrap(engine, in, out);
            if (shaken) {
                boolean part = in.hasRemaining() && result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW;
                if (part && !unfinished) {
                    begun = System.nanoTime();
                }
                unfinished = part;
                if (result.bytesProduced() > 0) {
                    emptyRecords.set(0);
                } else if (result.bytesConsumed() > 0) {
                    emptyRecords.incrementAndGet();
                }
            }
            return result;
        }

        /// Looks whenever bytes have come; when none come, the idle timeout ends it.
        @Override
        public void onFillable() {
            super.onFillable();
            boolean tooSlow = unfinished && System.nanoTime() - begun > TimedConnections.HEAD_NANOS;
            if (tooSlow || emptyRecords.get() > MOST_EMPTY_RECORDS) {
                if (!shaken) {
                    tell("too slow");
                }
                getEndPoint().close();
            }
        }

        @Override
        public void handshakeSucceeded(Event event) {
            shaken = true;
            unfinished = false;
        }

        @Override
        public void handshakeFailed(Event event, Throwable failure) {
            tell(reason(failure));
        }

        /// Once for each connection.
        private void tell(String reason) {
            if (!told) {
                told = true;
                metrics.tlsRefused(reason);
                if (!reason.equals(GONE)) { // as a balancer's check does, all day
                    rareLog.warn("tls=refused reason=\"" + reason + '"');
                }
            }
        }
    }

    private static String reason(Throwable failure) {
        if (Stream.iterate(failure, why -> why != null, Throwable::getCause)
                .anyMatch(CertificateException.class::isInstance)) {
            return "client certificate";
        }
        return switch (failure) {
            case TimeoutException _ -> "too slow";
            case EOFException _, ClosedChannelException _ -> GONE;
            default -> {
                String message = String.valueOf(failure.getMessage());
                if (message.startsWith("Received fatal alert")) {
                    yield "refused us"; // our certificate, mostly
                }
                if (message.contains("protocol") || message.contains("cipher")) {
                    yield "version or cipher";
                }
                boolean otherProtocol =
                        message.contains("plaintext") || message.startsWith("Unsupported or unrecognized");
                yield otherProtocol ? "not TLS" : "other";
            }
        };
    }
}
