package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.twotick.worker.outbox.HookSettings.EnvironmentHook;
import java.time.Instant;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// The endpoint named `environment`: what `TWOTICK_HOOK_URL` and its companions say, and no endpoint without them.
public final class EnvironmentEndpoint {
    static final String NAME = "environment";

    /// Call at the start of a worker. Several that start together write the same row. An endpoint that was
    /// disabled is active again after it, with a clean record.
    public static void write(DSLContext db, HookSettings settings) {
        settings.environment()
                .ifPresentOrElse(hook -> upsert(db, hook, settings.box().orElseThrow()), () -> deactivate(db));
    }

    private static void upsert(DSLContext db, EnvironmentHook hook, SecretBox box) {
        byte[] secret = box.seal(hook.secrets().getFirst());
        byte @Nullable [] previous =
                hook.secrets().size() > 1 ? box.seal(hook.secrets().get(1)) : null;
        var sameAsBefore = HOOK_ENDPOINT.ACTIVE.isTrue().and(HOOK_ENDPOINT.URL.eq(excluded(HOOK_ENDPOINT.URL)));
        Field<Instant> nothing = val(null, SQLDataType.INSTANT);
        db.insertInto(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.NAME, NAME)
                .set(HOOK_ENDPOINT.URL, hook.url().toString())
                .set(HOOK_ENDPOINT.SECRET, secret)
                .set(HOOK_ENDPOINT.PREVIOUS_SECRET, previous)
                .set(HOOK_ENDPOINT.EVENTS, hook.events().toArray(String[]::new))
                .onConflict(HOOK_ENDPOINT.NAME)
                .doUpdate()
                .set(HOOK_ENDPOINT.URL, excluded(HOOK_ENDPOINT.URL))
                .set(HOOK_ENDPOINT.SECRET, excluded(HOOK_ENDPOINT.SECRET))
                .set(HOOK_ENDPOINT.PREVIOUS_SECRET, excluded(HOOK_ENDPOINT.PREVIOUS_SECRET))
                .set(HOOK_ENDPOINT.EVENTS, excluded(HOOK_ENDPOINT.EVENTS))
                .set(HOOK_ENDPOINT.ACTIVE, true)
                .setNull(HOOK_ENDPOINT.DISABLED_REASON)
                .set(
                        HOOK_ENDPOINT.FAILURES,
                        when(sameAsBefore, HOOK_ENDPOINT.FAILURES).otherwise(0))
                .set(
                        HOOK_ENDPOINT.FAILING_SINCE,
                        when(sameAsBefore, HOOK_ENDPOINT.FAILING_SINCE).otherwise(nothing))
                .set(
                        HOOK_ENDPOINT.PAUSED_UNTIL,
                        when(sameAsBefore, HOOK_ENDPOINT.PAUSED_UNTIL).otherwise(nothing))
                .execute();
    }

    private static void deactivate(DSLContext db) {
        db.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ACTIVE, false)
                .set(HOOK_ENDPOINT.DISABLED_REASON, "TWOTICK_HOOK_URL is not set")
                .where(HOOK_ENDPOINT.NAME.eq(NAME).and(HOOK_ENDPOINT.ACTIVE.isTrue()))
                .execute();
    }

    private EnvironmentEndpoint() {}
}
