package dev.twotick.ingest;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/// Connections with the times that Jetty does not know, since its one idle timeout is the same for everybody: a
/// request's line and headers have a few seconds, or a sender of one byte now and then would be never idle (slowloris);
/// and who has sent signed posts may keep a connection between two of them for longer than any usual proxy does.
/// Whoever closes first has a post of Meta's on the line now and then, and the proxy answers that 502.
final class TimedConnections extends HttpConnectionFactory {
    static final long HEAD_NANOS = Duration.ofSeconds(5).toNanos();
    /// Google's balancers keep theirs for 600 s, Caddy for 120, Amazon's and nginx for 60.
    private static final long KEPT_NANOS = Duration.ofSeconds(620).toNanos();

    private final KnownSenders known;

    TimedConnections(HttpConfiguration http, KnownSenders known) {
        super(http);
        this.known = known;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(new Watched(connector, endPoint), connector, endPoint);
    }

    private final class Watched extends HttpConnection {
        private final Connector connector;
        private final Callback nextRequest =
                Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::endUnread);
        private final Executor afterAnswer = this::goOn;
        private volatile Head unfinished = new Head(-1, 0);
        private volatile long heard = System.nanoTime();

        /// @param number which request of this connection it belongs to
        /// @param since  [System#nanoTime] of its first bytes
        private record Head(long number, long since) {}

        Watched(Connector connector, EndPoint endPoint) {
            super(TimedConnections.this.getHttpConfiguration(), connector, endPoint);
            this.connector = connector;
        }

        /// Jetty wants a thread for what follows an answer that was given from elsewhere.
        @Override
        protected Executor getExecutor() {
            return afterAnswer;
        }

        /// Mostly that is to wait for the next request, which is no work.
        private void goOn(Runnable task) {
            if (equals(task) && isRequestBufferEmpty() && getEndPoint().isOpen()) {
                fillInterested(nextRequest);
            } else {
                super.getExecutor().execute(task);
            }
        }

        /// Takes note of the end, and gives back the buffer.
        private void endUnread(Throwable why) {
            onFillInterestedFailed(why);
            super.onFillable();
        }

        /// Looks whenever bytes have come; when none come, the idle timeout ends it.
        @Override
        public void onFillable() {
            super.onFillable();
            heard = System.nanoTime();
            HttpParser parser = getParser();
            if (parser.inHeaderState() && !parser.isStart()) {
                Head begun = unfinished;
                if (begun.number != getMessagesIn()) {
                    unfinished = new Head(getMessagesIn(), System.nanoTime());
                } else if (System.nanoTime() - begun.since > HEAD_NANOS) {
                    getEndPoint().close();
                }
            }
        }

        /// Comes at each end of the idle timeout.
        ///
        /// @return whether that closes the connection
        @Override
        public boolean onIdleExpired(TimeoutException timeout) {
            return !mayWaitOn() && super.onIdleExpired(timeout);
        }

        private boolean mayWaitOn() {
            boolean betweenRequests = getParser().isStart() && getMessagesIn() > 0;
            boolean roomIsShort = getEndPoint().getIdleTimeout() < connector.getIdleTimeout();
            return betweenRequests
                    && !roomIsShort
                    && known.has(getEndPoint().getRemoteSocketAddress())
                    && System.nanoTime() - heard < KEPT_NANOS;
        }
    }
}
