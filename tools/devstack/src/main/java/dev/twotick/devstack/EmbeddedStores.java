package dev.twotick.devstack;

import dev.twotick.stores.LocalPostgres;
import dev.twotick.stores.LocalRedis;
import org.jspecify.annotations.Nullable;

/// The stores that `up` runs itself: both, one, or none where `TWOTICK_DATABASE_URL` and `TWOTICK_REDIS_URL` name
/// others.
///
/// Guarded by the supervisor's lock.
final class EmbeddedStores {
    private @Nullable LocalPostgres postgres;
    private @Nullable LocalRedis redis;

    /// Starts what the settings do not name.
    ///
    /// @return the settings, completed with the addresses of what was started
    ///
    /// @throws StackFailure if one does not start
    StackSettings start(Home home, StackSettings settings) {
        try {
            return startMissing(home, settings);
        } catch (IllegalStateException e) {
            throw new StackFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private StackSettings startMissing(Home home, StackSettings settings) {
        var complete = settings;
        if (!settings.has("TWOTICK_DATABASE_URL")) {
            say("starting PostgreSQL (data in " + home.folder().resolve("postgres") + ")");
            postgres =
                    LocalPostgres.start(home.folder().resolve("postgres"), 0, settings.get(Secrets.EMBEDDED_PASSWORD));
            complete = complete.with("TWOTICK_DATABASE_URL", postgres.jdbcUrl(LocalPostgres.DATABASE))
                    .with("TWOTICK_DATABASE_USER", LocalPostgres.USER)
                    .with("TWOTICK_DATABASE_PASSWORD", postgres.password());
        }
        if (!settings.has("TWOTICK_REDIS_URL")) {
            say("starting Redis (data in " + home.folder().resolve("redis") + ")");
            redis = LocalRedis.start(home.folder().resolve("redis"), 0);
            complete = complete.with("TWOTICK_REDIS_URL", redis.url());
        }
        return complete;
    }

    /// Starts again what has died.
    void revive() {
        if (postgres != null && !postgres.isRunning()) {
            say("PostgreSQL has ended; starting it again (" + postgres.serverLog() + " may say why)");
            postgres.startAgain();
        }
        if (redis != null && !redis.isRunning()) {
            say("Redis has ended; starting it again (" + redis.serverLog() + " may say why)");
            redis.startAgain();
        }
    }

    void stop() {
        stop("Redis", redis);
        stop("PostgreSQL", postgres);
    }

    /// Whatever happens to one, the other is stopped too.
    private static void stop(String name, @Nullable AutoCloseable server) {
        if (server != null) {
            try {
                say("stopping " + name);
                server.close();
            } catch (Exception e) {
                say(name + " did not stop in order: " + e.getMessage());
            }
        }
    }

    private static void say(String line) {
        System.out.println("twotick: " + line);
    }
}
