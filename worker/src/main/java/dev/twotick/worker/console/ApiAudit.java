package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;

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
        long before = Optional.ofNullable(ctx.queryParam("before"))
                .map(ApiRoutes::number)
                .orElse(Long.MAX_VALUE);
        List<AuditLog.Entry> entries = audit.before(before, AuditPages.PAGE);
        ApiRoutes.json(ctx, Listed.of(entries, AuditPages.PAGE, AuditLog.Entry::id));
    }
}
