package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.EnvironmentRow.Now;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Unsaid;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The endpoint of which this worker's environment speaks: `TWOTICK_HOOK_URL` and its companions.
///
/// Workers may say different things of it, as in the middle of a rolling change. What was never said before holds at
/// once. What was said before, and replaced, holds again when no worker lives that says what holds now: each says so
/// every few seconds, and no longer when it stops. An environment that says nothing changes nothing.
public final class EnvironmentEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EnvironmentEndpoint.class);
    private static final Duration SAID_AGAIN = Duration.ofSeconds(10);
    private static final Duration LAST_WORD = Duration.ofSeconds(2);

    private final DSLContext db;
    private final EnvironmentHook hook;
    private final EnvironmentRow row;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("hook-environment").unstarted(this::sayAgain);

    public EnvironmentEndpoint(DSLContext db, HookSettings settings) {
        this.db = db;
        this.hook = settings.environment();
        this.row = new EnvironmentRow(hook, settings.box());
    }

    /// Call at the start, before calls are made.
    ///
    /// @throws DataAccessException when the database does not answer
    public void begin() {
        switch (row.say(db, true)) {
            case Now.Changed changed -> logChange(changed);
            case Now.AsBefore(String host, String disabled) -> logAsBefore(host, disabled);
            case Now.Newer(String host) -> logNewer(host);
            case Now.Foreign _ -> logForeign();
            case Now.Absent _ -> {}
        }
    }

    public void start() {
        if (!(hook instanceof Unsaid)) {
            thread.start();
        }
    }

    private void sayAgain() {
        try {
            while (true) {
                Thread.sleep(SAID_AGAIN);
                sayOnce();
            }
        } catch (InterruptedException e) {
            log.debug("hook endpoint state=ended");
        }
    }

    private void sayOnce() {
        try {
            if (row.say(db, false) instanceof Now.Changed changed) {
                logChange(changed);
            }
        } catch (RuntimeException | Error e) {
            log.debug("hook endpoint not looked after", e);
        }
    }

    private void logAsBefore(String host, @Nullable String disabled) {
        if (disabled != null) {
            logDisabled(host, disabled);
        } else if (hook instanceof Unsaid) {
            logStays(host);
        }
    }

    private void logChange(Now.Changed changed) {
        log.info("hook endpoint set endpoint={} host={} change=\"{}\"", hook.name(), changed.host(), changed.what());
        if (changed.disabledReason() != null) {
            logDisabled(changed.host(), changed.disabledReason());
        }
    }

    private void logDisabled(String host, String reason) {
        log.warn(
                "hook endpoint is not called endpoint={} host={} reason=\"{}\": a change of TWOTICK_HOOK_URL or"
                        + " TWOTICK_HOOK_SECRET has it called again, so does TWOTICK_HOOK_URL=none in between",
                hook.name(),
                host,
                reason);
    }

    private void logNewer(String host) {
        log.warn(
                "hook endpoint kept endpoint={} host={} reason=\"workers live with newer TWOTICK_HOOK_* than this"
                        + " one\": if both are meant, give one a TWOTICK_HOOK_NAME of its own",
                hook.name(),
                host);
    }

    private void logForeign() {
        log.warn(
                "hook endpoint kept endpoint={} reason=\"no environment made it\": choose another TWOTICK_HOOK_NAME",
                hook.name());
    }

    private void logStays(String host) {
        log.info(
                "hook endpoint stays endpoint={} host={}: TWOTICK_HOOK_URL is not set here, which changes nothing;"
                        + " TWOTICK_HOOK_URL=none takes it away",
                hook.name(),
                host);
    }

    /// Leaves the endpoint to whoever starts next. Waits for the database no longer than a moment.
    @Override
    public void close() {
        if (!thread.isAlive()) {
            return;
        }
        thread.interrupt();
        try {
            Thread.startVirtualThread(this::leave).join(LAST_WORD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave() {
        try {
            row.leave(db);
        } catch (RuntimeException e) {
            log.debug("hook endpoint not left", e);
        }
    }
}
