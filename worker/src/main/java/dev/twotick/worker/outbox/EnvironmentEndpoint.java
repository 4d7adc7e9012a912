package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.EnvironmentRow.Now;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Unsaid;
import java.time.Duration;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An endpoint of which this worker's environment speaks: `TWOTICK_HOOK_URL` and its companions, or
/// `TWOTICK_ALERT_URL`.
///
/// Workers may say different things of it, as in the middle of a rolling change. What was never said before holds at
/// once. What was said before, and replaced, holds again when no worker lives that says what holds now: each says so
/// every few seconds, and no longer when it stops. An environment that says nothing changes nothing.
public final class EnvironmentEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EnvironmentEndpoint.class);
    private static final Duration SAID_AGAIN = Duration.ofSeconds(10);
    private static final Duration LAST_WORD = Duration.ofSeconds(2);

    /// How messages name the settings that speak of it.
    private enum Words {
        HOOK(
                "TWOTICK_HOOK_URL",
                "TWOTICK_HOOK_URL or TWOTICK_HOOK_SECRET",
                "if both are meant, give one a TWOTICK_HOOK_NAME of its own",
                "choose another TWOTICK_HOOK_NAME"),
        ALERT(
                AlertSettings.URL,
                AlertSettings.URL,
                "give all workers the same " + AlertSettings.URL,
                "give that endpoint another name: worker endpoint set alerts --name NAME");

        final String url;
        final String calledAgainBy;
        final String ifNewer;
        final String ifForeign;

        Words(String url, String calledAgainBy, String ifNewer, String ifForeign) {
            this.url = url;
            this.calledAgainBy = calledAgainBy;
            this.ifNewer = ifNewer;
            this.ifForeign = ifForeign;
        }
    }

    private final DSLContext db;
    private final Words words;
    private final Format format;
    private final Optional<SecretBox> box;
    private EnvironmentHook hook;
    private volatile EnvironmentRow row; // whoever leaves does not wait for whoever speaks
    private final Thread thread =
            Thread.ofPlatform().daemon().name("hook-environment").unstarted(this::sayAgain);

    public EnvironmentEndpoint(DSLContext db, HookSettings settings) {
        this(db, Words.HOOK, settings.environment(), Format.STANDARD, settings.box());
    }

    public EnvironmentEndpoint(DSLContext db, AlertSettings alerts, Optional<SecretBox> box) {
        this(db, Words.ALERT, alerts.hook(), alerts.format(), box);
    }

    private EnvironmentEndpoint(
            DSLContext db, Words words, EnvironmentHook hook, Format format, Optional<SecretBox> box) {
        this.db = db;
        this.words = words;
        this.format = format;
        this.box = box;
        this.hook = hook;
        this.row = new EnvironmentRow(hook, format, words.url, box);
    }

    /// Call at the start, before calls are made.
    ///
    /// @throws DataAccessException when the database does not answer
    public synchronized void begin() {
        switch (row.say(db, true)) {
            case Now.Changed changed -> logChange(changed);
            case Now.AsBefore(String host, String disabled) -> logAsBefore(host, disabled);
            case Now.Newer(String host) -> logNewer(host);
            case Now.Foreign _ -> logForeign();
            case Now.Absent _ -> {}
        }
    }

    /// From now on the environment says this, since a file of it has changed: as if the worker were started anew.
    ///
    /// @throws IllegalArgumentException when it speaks of an endpoint of another name: the old one would stay
    /// @throws DataAccessException when the database does not answer
    public synchronized void use(EnvironmentHook next) {
        if (!next.name().equals(hook.name())) {
            throw new IllegalArgumentException("another name makes another endpoint, at a start");
        }
        row.leave(db);
        hook = next;
        row = new EnvironmentRow(next, format, words.url, box);
        begin();
    }

    public void start() {
        thread.start();
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

    private synchronized void sayOnce() {
        try {
            if (!(hook instanceof Unsaid) && row.say(db, false) instanceof Now.Changed changed) {
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
                "hook endpoint is not called endpoint={} host={} reason=\"{}\": a change of {} has it called again,"
                        + " so does {}=none in between",
                hook.name(),
                host,
                reason,
                words.calledAgainBy,
                words.url);
    }

    private void logNewer(String host) {
        log.warn(
                "hook endpoint kept endpoint={} host={} reason=\"workers live with newer settings than this one\": {}",
                hook.name(),
                host,
                words.ifNewer);
    }

    private void logForeign() {
        log.warn("hook endpoint kept endpoint={} reason=\"no environment made it\": {}", hook.name(), words.ifForeign);
    }

    private void logStays(String host) {
        log.info(
                "hook endpoint stays endpoint={} host={}: {} is not set here, which changes nothing; {}=none takes it"
                        + " away",
                hook.name(),
                host,
                words.url,
                words.url);
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
