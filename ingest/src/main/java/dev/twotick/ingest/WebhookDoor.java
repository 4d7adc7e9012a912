package dev.twotick.ingest;

import io.javalin.http.Header;
import io.javalin.router.matcher.PathParser;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Below the servlets: a post to the webhook's path goes to [WebhookEndpoint] on the selector's own thread, everything
/// else to Javalin on a virtual one. See `docs/decisions/posts-below-the-servlet.md`.
final class WebhookDoor extends Handler.Wrapper {
    private static final String METRICS = "/metrics"; // on the plain port alone, where TLS is served for strangers

    private final PathParser path;
    private final List<PathParser> routes;
    private final UnsignedLimit unsigned;
    private final RefusedRequests refused;
    private final WebhookEndpoint webhook;
    private final Executor virtual;
    private final BooleanSupplier draining;

    /// @param path     as Javalin reads it for `GET`
    /// @param routes   all that lead anywhere
    /// @param virtual  a thread for each thing that may wait
    /// @param draining whether each answer is now the last of its connection
    WebhookDoor(
            PathParser path,
            List<PathParser> routes,
            WebhookEndpoint webhook,
            UnsignedLimit unsigned,
            RefusedRequests refused,
            Executor virtual,
            BooleanSupplier draining) {
        this.path = path;
        this.routes = routes;
        this.unsigned = unsigned;
        this.refused = refused;
        this.webhook = webhook;
        this.virtual = virtual;
        this.draining = draining;
    }

    /// What blocks gets a thread of its own.
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String asked = request.getHttpURI().getPath(); // null for CONNECT
        if (METRICS.equals(asked) && PostAdmission.isOverTls(request)) {
            Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            return true;
        }
        if (asked != null && HttpMethod.POST.is(request.getMethod()) && path.matches(asked)) {
            webhook.receive(request, new Answer(request, response), callback);
            return true;
        }
        sayIfLast(response);
        boolean leadsAnywhere = asked != null && routes.stream().anyMatch(route -> route.matches(asked));
        long wait = leadsAnywhere ? 0 : unsigned.count(request);
        if (wait > 0) {
            refused.limited(request, response, wait);
            response.write(true, null, callback);
        } else {
            virtual.execute(() -> passOn(asItWasSent(request), response, callback));
        }
        return true;
    }

    /// It may have begun to drain while the post waited for the log.
    private final class Answer extends Response.Wrapper {
        Answer(Request request, Response response) {
            super(request, response);
        }

        @Override
        public void write(boolean last, ByteBuffer content, Callback callback) {
            sayIfLast(getWrapped());
            super.write(last, content, callback);
        }
    }

    private void sayIfLast(Response response) {
        if (draining.getAsBoolean()) {
            response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
        }
    }

    private void passOn(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            }
        } catch (Throwable e) {
            callback.failed(e);
        }
    }

    /// Javalin takes this header's word for the method.
    private static Request asItWasSent(Request request) {
        if (!request.getHeaders().contains(Header.X_HTTP_METHOD_OVERRIDE)) {
            return request;
        }
        HttpFields headers = HttpFields.build(request.getHeaders())
                .remove(Header.X_HTTP_METHOD_OVERRIDE)
                .asImmutable();
        return new Request.Wrapper(request) {
            @Override
            public HttpFields getHeaders() {
                return headers;
            }
        };
    }
}
