package dev.twotick.ingest;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what met none of our routes, or what the web server refused before it got that far: a proxy that changes the
/// path or the head would otherwise keep Meta's posts away without a trace. What was asked for is not told.
final class RefusedRequests implements RequestLog {
    private static final Logger log = LoggerFactory.getLogger(RefusedRequests.class);
    private static final String ARRIVED = RefusedRequests.class.getName();
    private static final int NO_ROUTE = 404;

    private final IngestMetrics metrics;
    private final RareLog rareLog = new RareLog(log);

    RefusedRequests(IngestMetrics metrics) {
        this.metrics = metrics;
    }

    /// Marks what gets past the web server's own checks. Lets its stop() wait for the requests it has.
    static final class Arrivals extends GracefulHandler {
        Arrivals(Handler next) {
            setHandler(next);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            request.setAttribute(ARRIVED, true);
            return super.handle(request, response, callback);
        }
    }

    @Override
    public void log(Request request, Response response) {
        int status = response.getStatus();
        boolean arrived = request.getAttribute(ARRIVED) != null;
        if (arrived && status != NO_ROUTE) {
            return;
        }
        String reason = reason(status);
        count(request, arrived, status, reason);
    }

    private void count(Request request, boolean arrived, int status, String reason) {
        if (arrived && HttpMethod.POST.is(request.getMethod())) {
            metrics.answered(status, reason);
            rareLog.warn("post=refused reason=\"" + reason + "\" hint=TWOTICK_WEBHOOK_PATH");
        } else {
            metrics.refused(status, reason);
            rareLog.warn("request=refused status=" + status + " reason=\"" + reason + '"'
                    + (arrived ? " hint=TWOTICK_WEBHOOK_PATH" : ""));
        }
    }

    /// A path that leads nowhere, from somebody who has asked for too many of them.
    void limited(Request request, Response response, long wait) {
        response.setStatus(HttpStatus.TOO_MANY_REQUESTS_429);
        response.getHeaders().put(HttpHeader.RETRY_AFTER, Long.toString(wait));
        count(request, true, HttpStatus.TOO_MANY_REQUESTS_429, reason(NO_ROUTE));
    }

    private static String reason(int status) {
        return switch (status) {
            case 400 -> "bad request";
            case NO_ROUTE -> "no such path";
            case 414 -> "line too long";
            case 417 -> "unknown expectation";
            case 426 -> "HTTP/2";
            case 431 -> "head too long";
            case 505 -> "HTTP version";
            default -> "other";
        };
    }
}
