package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who asked for what.
final class AuditPages {
    static final int PAGE = 100;

    private final AuditLog audit;
    private final Html html;

    AuditPages(AuditLog audit, Html html) {
        this.audit = audit;
        this.html = html;
    }

    /// @param older where the next page goes on
    record Page(List<AuditLog.Entry> entries, @Nullable Long older) {}

    void addTo(Routes routes) {
        routes.read("/audit", this::show);
    }

    private void show(Context ctx, Visitor visitor) {
        String before = ctx.queryParam("before");
        List<AuditLog.Entry> entries = audit.before(before == null ? Long.MAX_VALUE : Long.parseLong(before), PAGE);
        Long older = entries.size() == PAGE ? entries.getLast().id() : null;
        html.show(ctx, visitor, "audit", "Audit log", "audit", new Page(entries, older));
    }
}
