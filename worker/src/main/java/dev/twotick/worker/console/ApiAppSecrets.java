package dev.twotick.worker.console;

import dev.twotick.queue.AppSecretUses;
import io.javalin.http.Context;
import redis.clients.jedis.exceptions.JedisException;

/// For programs: which app secrets `ingest` has, and when each was used last.
final class ApiAppSecrets {
    private final AppSecretUses uses;

    ApiAppSecrets(AppSecretUses uses) {
        this.uses = uses;
    }

    void addTo(ApiRoutes routes) {
        routes.read("/app-secrets", (ctx, _) -> list(ctx));
    }

    private void list(Context ctx) {
        try {
            ApiRoutes.json(ctx, new Listed<>(uses.all(), null));
        } catch (JedisException e) {
            ApiRoutes.problem(ctx, 503, "Redis does not answer", "It keeps what ingest tells of its app secrets.");
        }
    }
}
