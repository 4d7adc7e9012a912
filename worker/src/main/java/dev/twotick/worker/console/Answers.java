package dev.twotick.worker.console;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.outbox.BadEndpoint;
import dev.twotick.worker.outbox.EndpointRefused;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every answer says to the browser, and what is answered when a page does not come about.
final class Answers {
    private static final Logger log = LoggerFactory.getLogger(Answers.class);
    private static final String BAD_DATA = "22"; // SQLSTATE's class of what the data is to blame for
    private static final String UNKEPT = "Something in it is what PostgreSQL does not keep, such as U+0000";
    private static final String TOO_LONG = "57014"; // SQLSTATE of a statement that was ended by its time

    /// No script and no style but our own files: what somebody wrote in a message stays text, even if a page failed to
    /// escape it. Nothing of it is kept by a browser or a proxy, or shown in somebody else's page.
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                    + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "same-origin", // with no-referrer browsers say of our own forms: Origin: null
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()",
            "Cache-Control",
            "no-store");

    static void addTo(JavalinConfig config, Html html) {
        config.routes.before(ctx -> HEADERS.forEach(ctx::header));
        config.routes.exception(BadEndpoint.class, (e, ctx) -> bad(ctx, html, String.join("; ", e.problems())));
        config.routes.exception(EndpointRefused.class, (e, ctx) -> refused(ctx, html, e));
        config.routes.exception(
                IllegalArgumentException.class, (e, ctx) -> bad(ctx, html, String.valueOf(e.getMessage())));
        config.routes.exception(BadData.class, (e, ctx) -> badData(ctx, html, e));
        config.routes.exception(DataAccessException.class, (e, ctx) -> database(ctx, html, e));
        config.routes.exception(HttpResponseException.class, (e, ctx) -> status(ctx, html, e.getStatus()));
        config.routes.exception(IOException.class, (e, ctx) -> brokenOff(ctx, html, e));
        config.routes.exception(UncheckedIOException.class, (e, ctx) -> brokenOff(ctx, html, e));
        config.routes.exception(Exception.class, (e, ctx) -> fault(ctx, html, e));
        config.routes.error(404, ctx -> status(ctx, html, 404));
    }

    private static void bad(Context ctx, Html html, String why) {
        html.say(ctx, Routes.visitorOf(ctx), 400, "This cannot be", why + ". Go back, and change it.");
    }

    private static void refused(Context ctx, Html html, EndpointRefused refused) {
        boolean none = refused.why() == EndpointRefused.Why.NO_SUCH_ENDPOINT;
        html.say(
                ctx,
                Routes.visitorOf(ctx),
                none ? 404 : 409,
                none ? "There is no such endpoint" : "This does not go with how things are",
                refused.getMessage() + ".");
    }

    private static void badData(Context ctx, Html html, BadData e) {
        if (e.kind().startsWith(BAD_DATA)) {
            bad(ctx, html, UNKEPT);
        } else {
            fault(ctx, html, e);
        }
    }

    private static void database(Context ctx, Html html, DataAccessException e) {
        if (e.sqlState().startsWith(BAD_DATA)) {
            bad(ctx, html, UNKEPT);
            return;
        }
        if (!DatabaseFault.mayPass(e) && !TOO_LONG.equals(e.sqlState())) {
            log.error("console=failed path={} database=\"{}\"", path(ctx), DatabaseFault.words(e));
            ours(ctx, html);
            return;
        }
        log.warn("console=failed path={} database=\"{}\"", path(ctx), DatabaseFault.words(e));
        html.say(
                ctx,
                Routes.visitorOf(ctx),
                503,
                "PostgreSQL did not answer",
                "Or not in time. Load the page again; the worker's /health says how the stores are.");
    }

    private static void status(Context ctx, Html html, int status) {
        if (ctx.resultInputStream() == null) { // else a page has said it already
            html.say(
                    ctx, Routes.visitorOf(ctx), status, status == 404 ? "There is no such page" : "HTTP " + status, "");
        }
    }

    /// Of an answer that cannot be finished. Where some of it has gone out already, its connection ends before it
    /// does, and so nobody takes it for whole.
    static void takeBack(Context ctx) {
        if (ctx.res().isCommitted()) {
            ServletContextRequest.getServletContextRequest(ctx.req())
                    .getConnectionMetaData()
                    .getConnection()
                    .getEndPoint()
                    .close();
        } else {
            ctx.res().resetBuffer();
            ctx.res().setHeader("Content-Disposition", null);
        }
    }

    /// Whoever sends or is answered went away in the middle, or stood still for too long.
    private static void brokenOff(Context ctx, Html html, Exception e) {
        log.info("console=broken_off path={} fault={}", path(ctx), e.getClass().getName());
        if (!ctx.res().isCommitted()) {
            bad(ctx, html, "The request ended before all of it had come");
        }
    }

    /// What a fault says may be what somebody wrote.
    private static void fault(Context ctx, Html html, Exception e) {
        log.error("console=failed path={} fault={}", path(ctx), e.getClass().getName());
        ours(ctx, html);
    }

    private static void ours(Context ctx, Html html) {
        html.say(
                ctx,
                Routes.visitorOf(ctx),
                500,
                "Something went wrong here",
                "It is in the worker's log. Nothing is lost by it.");
    }

    /// As it was registered, without the ids.
    private static String path(Context ctx) {
        return ctx.endpoint().path;
    }

    private Answers() {}
}
