package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.List;

/// The audit log for programs: what [AuditPages] is for people.
final class ApiAudit {
    private final AuditLog audit;

    ApiAudit(AuditLog audit) {
        this.audit = audit;
    }

    void addTo(ApiRoutes routes) {
        routes.read("/audit", (ctx, _) -> list(ctx));
    }

    private void list(Context ctx) {
        List<AuditLog.Entry> entries = audit.before(ApiRoutes.before(ctx), AuditPages.PAGE);
        ApiRoutes.json(ctx, Listed.of(entries, AuditPages.PAGE, AuditLog.Entry::id));
    }
}
