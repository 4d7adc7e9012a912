package dev.twotick.worker.deliver;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/// A server may close a kept connection at the moment we write to it. That says nothing about the endpoint: the same
/// call is made once more, at once, within the same deadline. It carries the same `webhook-id`, should both arrive; a
/// receiver that drops every call without an answer sees each attempt twice.
final class ClosedConnection implements HttpRequestRetryStrategy {

    @Override
    public boolean retryRequest(HttpRequest request, IOException fault, int tries, HttpContext context) {
        boolean refused = fault instanceof ConnectException;
        return tries == 1 && !refused && (fault instanceof NoHttpResponseException || fault instanceof SocketException);
    }

    /// An answer is an answer; [RetrySchedule] decides.
    @Override
    public boolean retryRequest(HttpResponse answer, int tries, HttpContext context) {
        return false;
    }

    @Override
    public TimeValue getRetryInterval(HttpResponse answer, int tries, HttpContext context) {
        return TimeValue.ZERO_MILLISECONDS;
    }
}
