package dev.twotick.ingest;

import io.javalin.http.Header;
import io.javalin.router.matcher.PathParser;
import java.nio.ByteBuffer;
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
    private final WebhookEndpoint webhook;
    private final Executor virtual;
    private final BooleanSupplier draining;

    /// @param path     as Javalin reads it for `GET`
    /// @param virtual  a thread for each thing that may wait
    /// @param draining whether each answer is now the last of its connection
    WebhookDoor(PathParser path, WebhookEndpoint webhook, Executor virtual, BooleanSupplier draining) {
        this.path = path;
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
        if (PostAdmission.isOverTls(request)
                && METRICS.equals(request.getHttpURI().getPath())) {
            Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
        } else if (HttpMethod.POST.is(request.getMethod())
                && path.matches(request.getHttpURI().getPath())) {
            webhook.receive(request, new Answer(request, response), callback);
        } else {
            sayIfLast(response);
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
