package dev.twotick.worker.console;

import dev.twotick.worker.console.live.Admission;

/// Tokens that programs hand on to browsers, which open sockets with them.
final class ApiSocketTokens {
    private final Admission admission;

    ApiSocketTokens(Admission admission) {
        this.admission = admission;
    }

    /// @param expiresIn seconds
    record Issued(String token, long expiresIn) {}

    void addTo(ApiRoutes routes) {
        routes.ask("/ws-token", (ctx, program) -> {
            SecretToken token = SecretToken.random();
            admission.issue(program.name(), token.text());
            ApiRoutes.json(ctx, new Issued(token.text(), Admission.ONCE.toSeconds()));
        });
    }
}
