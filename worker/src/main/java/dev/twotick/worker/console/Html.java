package dev.twotick.worker.console;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pages made of templates, which the build has compiled into this package.
final class Html {
    private final TemplateEngine templates =
            TemplateEngine.createPrecompiled(null, ContentType.Html, null, Html.class.getPackageName());
    private final String assets;

    Html(Assets assets) {
        this.assets = assets.path();
    }

    /// @param model as `page` in the template
    void show(Context ctx, @Nullable Visitor visitor, String room, String title, String template, Object model) {
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("frame", new Frame(title, room, visitor, assets));
        parameters.put("page", model);
        StringOutput output = new StringOutput();
        templates.render(template + ".jte", parameters, output);
        ctx.html(output.toString());
    }

    /// A page of few words.
    record Words(String heading, String text) {}

    /// To a program of the API, as a problem.
    void say(Context ctx, @Nullable Visitor visitor, int status, String heading, String text) {
        if (ApiRoutes.isOf(ctx)) {
            ApiRoutes.problem(ctx, status, heading, text);
            return;
        }
        ctx.status(status);
        show(ctx, visitor, "", heading, "words", new Words(heading, text));
    }
}
