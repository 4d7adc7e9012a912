package dev.twotick.ingest;

import io.opentelemetry.api.trace.SpanContext;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// One post on its way through this process. Whoever knows what became of it answers it, on whatever thread; no thread
/// waits for that.
///
/// @param charge for what its body holds until then
/// @param caller the span in which it was sent; invalid where nobody records spans
record WebhookPost(
        Request request,
        Response response,
        Callback callback,
        InFlightBytes.Charge charge,
        SpanContext caller,
        AtomicBoolean answered) {

    WebhookPost(
            Request request, Response response, Callback callback, InFlightBytes.Charge charge, SpanContext caller) {
        this(request, response, callback, charge, caller, new AtomicBoolean());
    }

    @Nullable
    String header(String name) {
        return request.getHeaders().get(name);
    }

    /// How long its body will be, or -1 when nobody says.
    long announced() {
        return request.getLength();
    }

    /// It sends its body when it is told to.
    boolean waitsToContinue() {
        return request.getHeaders().contains(HttpHeader.EXPECT);
    }

    /// Meta, or the proxy before us.
    SocketAddress sender() {
        return sender(request);
    }

    static SocketAddress sender(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress();
    }

    WebhookPost with(HttpHeader header, String value) {
        HttpFields.Mutable headers = response.getHeaders();
        headers.put(header, value);
        return this;
    }

    /// Whatever comes on this connection after it is not listened to.
    WebhookPost asTheLast() {
        return with(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
    }

    /// Any number of times; the first counts. It is written, then completed. Where completing has to write, and the
    /// thread that read the post is not out of its handler yet, Jetty 12.1.12 takes the end of this answer for the
    /// end of the connection's next, which nobody hears then.
    void answer(int status) {
        charge.close();
        if (answered.compareAndSet(false, true)) {
            response.setStatus(status);
            response.write(true, null, callback);
        }
    }

    /// There is nothing left to be said in good order.
    void breakOff(Throwable why) {
        charge.close();
        callback.failed(why);
    }
}
