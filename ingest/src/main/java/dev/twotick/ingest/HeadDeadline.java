package dev.twotick.ingest;

import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;

/// Connections that are closed when a request's line and headers take too long. Jetty knows only an idle timeout, and a
/// sender of one byte now and then is never idle (slowloris).
final class HeadDeadline extends HttpConnectionFactory {
    private static final long WITHIN_NANOS = 5_000_000_000L;

    HeadDeadline(HttpConfiguration http) {
        super(http);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        HttpConnection connection = new Watched(getHttpConfiguration(), connector, endPoint);
        return configure(connection, connector, endPoint);
    }

    /// Looks whenever bytes have come; when none come, the idle timeout ends it.
    private static final class Watched extends HttpConnection {
        private volatile Head unfinished = new Head(-1, 0);

        /// @param number which request of this connection it belongs to
        /// @param since  [System#nanoTime] of its first bytes
        private record Head(long number, long since) {}

        Watched(HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
        }

        @Override
        public void onFillable() {
            super.onFillable();
            HttpParser parser = getParser();
            if (parser.inHeaderState() && !parser.isStart()) {
                Head begun = unfinished;
                if (begun.number != getMessagesIn()) {
                    unfinished = new Head(getMessagesIn(), System.nanoTime());
                } else if (System.nanoTime() - begun.since > WITHIN_NANOS) {
                    getEndPoint().close();
                }
            }
        }
    }
}
