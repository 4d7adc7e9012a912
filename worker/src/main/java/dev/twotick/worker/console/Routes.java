package dev.twotick.worker.console;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The only way to a page: whoever adds one says here who may see it.
///
/// A change needs three things besides a session with the scope: it is asked for by POST, carries the session's token,
/// and comes from a page of ours, as far as the browser says where it comes from.
final class Routes {
    /// Only over HTTPS or on the browser's own machine, only for this host, not for scripts, and not when another site
    /// leads here.
    static final String COOKIE = "__Host-twotick";

    private static final String VISITOR = "visitor";

    /// A page for whoever has signed in.
    interface Page {
        void show(Context ctx, Visitor visitor) throws Exception;
    }

    private final JavalinConfig config;
    private final ConsoleSessions sessions;
    private final Html html;

    Routes(JavalinConfig config, ConsoleSessions sessions, Html html) {
        this.config = config;
        this.sessions = sessions;
        this.html = html;
    }

    /// For everybody. HEAD too, or Javalin answers it 200 whatever GET says.
    void open(String path, Handler page) {
        config.routes.get(path, page);
        config.routes.head(path, page);
    }

    /// A POST of somebody who has not signed in.
    void openPost(String path, Handler action) {
        config.routes.post(path, ctx -> {
            if (comesFromElsewhere(ctx)) {
                refuse(ctx, null);
                return;
            }
            action.handle(ctx);
        });
    }

    void read(String path, Page page) {
        open(path, ctx -> {
            Optional<Visitor> visitor = visitor(ctx);
            if (visitor.isPresent()) {
                page.show(ctx, visitor.get());
            } else {
                toSignIn(ctx);
            }
        });
    }

    /// A change that everybody may make who has signed in, as it is about nobody else.
    void own(String path, Page action) {
        config.routes.post(path, ctx -> {
            Optional<Visitor> visitor = visitor(ctx);
            if (visitor.isEmpty()) {
                toSignIn(ctx);
            } else if (comesFromElsewhere(ctx) || !holdsToken(ctx, visitor.get())) {
                refuse(ctx, visitor.get());
            } else {
                action.show(ctx, visitor.get());
            }
        });
    }

    void write(String path, Page action) {
        own(path, (ctx, visitor) -> {
            if (visitor.mayWrite()) {
                action.show(ctx, visitor);
            } else {
                html.say(
                        ctx,
                        visitor,
                        403,
                        "You may look, and change nothing",
                        "Your user has the scope read. Somebody with a shell gives another one:"
                                + " worker user add NAME --scope write");
            }
        });
    }

    private Optional<Visitor> visitor(Context ctx) {
        Optional<Visitor> visitor = sessions.visitor(ctx.cookie(COOKIE));
        visitor.ifPresent(one -> ctx.attribute(VISITOR, one));
        return visitor;
    }

    /// Whose request this is, for whoever answers in a page's place; null: nobody's, as far as was asked.
    static @Nullable Visitor visitorOf(Context ctx) {
        return ctx.attribute(VISITOR);
    }

    private void refuse(Context ctx, @Nullable Visitor visitor) {
        html.say(
                ctx,
                visitor,
                403,
                "This was not asked for by a page of ours",
                "Nothing was changed. If you pressed a button here: the page was too old, so load it again.");
    }

    /// Where they were going is where they come to; after a change, to the beginning.
    private static void toSignIn(Context ctx) {
        String query = ctx.queryString();
        String wanted = ctx.req().getRequestURI() + (query == null ? "" : "?" + query);
        boolean isPage = ctx.req().getMethod().equals("GET") && !wanted.equals("/");
        String location = "/sign-in" + (isPage ? "?to=" + URLEncoder.encode(wanted, StandardCharsets.UTF_8) : "");
        if (ctx.header("HX-Request") != null) { // else the sign-in page would stand in the middle of another
            ctx.status(401).header("HX-Redirect", "/sign-in");
            return;
        }
        seeOther(ctx, location);
    }

    static void seeOther(Context ctx, String location) {
        ctx.status(303).header("Location", location);
    }

    private static boolean holdsToken(Context ctx, Visitor visitor) {
        String form = ctx.formParam("csrf");
        return isEqual(form == null ? ctx.header("X-CSRF-Token") : form, visitor.csrf());
    }

    private static boolean isEqual(@Nullable String said, String expected) {
        return said != null
                && MessageDigest.isEqual(
                        said.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
    }

    /// A browser says it in either header; what is no browser holds no cookie of somebody else.
    private static boolean comesFromElsewhere(Context ctx) {
        String site = ctx.header("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = ctx.header("Origin");
        return origin != null && !origin.replaceFirst("^https?://", "").equals(ctx.header("Host"));
    }
}
