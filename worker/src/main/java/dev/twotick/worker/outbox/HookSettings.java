package dev.twotick.worker.outbox;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.model.settings.Cidr;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/// How hooks are called, and the one endpoint that the environment may name.
///
/// @param environment what it says of its endpoint
/// @param box opens the endpoints' secrets; without it no hook is called
/// @param allowNets private ranges that hooks may be in
/// @param timeout of one call, from the first byte sent to the last received
/// @param connectTimeout of it, until a connection stands
/// @param lease how long a call belongs to the process that took it; at least twice the timeout, because no
///     call begins with less of it left than it may need
/// @param concurrency calls at once from this process
/// @param endpointConcurrency calls at once from this process to one endpoint
/// @param apps sign calls of Meta's form, those of this moment
public record HookSettings(
        EnvironmentHook environment,
        Optional<SecretBox> box,
        List<Cidr> allowNets,
        Duration timeout,
        Duration connectTimeout,
        Duration lease,
        int concurrency,
        int endpointConcurrency,
        Supplier<List<AppSecret>> apps) {

    private static final String KEY = "TWOTICK_ENCRYPTION_KEY";
    private static final String URL = "TWOTICK_HOOK_URL";
    private static final String NONE = "none";

    public HookSettings {
        allowNets = List.copyOf(allowNets);
    }

    /// No call begins with less of its lease left than it may take.
    public Duration longestTimeout() {
        return lease.dividedBy(2);
    }

    /// What the environment says of its endpoint.
    public sealed interface EnvironmentHook {
        String name();

        /// @param secrets the one to keep and, while it is being replaced, the one before
        /// @param events globs
        record Called(String name, URI url, List<HookSecret> secrets, List<String> events) implements EnvironmentHook {
            public Called {
                secrets = List.copyOf(secrets);
                events = List.copyOf(events);
            }
        }

        /// `TWOTICK_HOOK_URL=none`
        record TakenAway(String name) implements EnvironmentHook {}

        /// Nothing, and so nothing changes.
        record Unsaid(String name) implements EnvironmentHook {}
    }

    /// Reads `TWOTICK_HOOK_*`, `TWOTICK_ENCRYPTION_KEY` and `TWOTICK_APP_SECRETS`.
    public static HookSettings read(SettingsReader settings, LiveSettings live) {
        describe(settings);
        Optional<String> key = settings.secret(KEY);
        Optional<SecretBox> box = settings.parse(
                KEY,
                Optional.empty(),
                "the base64 of 32 bytes; make one with: openssl rand -base64 32",
                text -> Optional.of(new SecretBox(text)));
        Duration timeout = settings.duration(
                "TWOTICK_HOOK_TIMEOUT", Duration.ofSeconds(15), Duration.ofMillis(100), Duration.ofMinutes(10));
        Duration lease = settings.duration(
                "TWOTICK_HOOK_LEASE", Duration.ofSeconds(60), Duration.ofMillis(200), Duration.ofDays(1));
        if (lease.compareTo(timeout.multipliedBy(2)) < 0) {
            settings.problem(
                    "TWOTICK_HOOK_LEASE",
                    "must be at least twice TWOTICK_HOOK_TIMEOUT, which is " + timeout.toSeconds()
                            + "s: a call that outlives its lease would be made twice");
        }
        return new HookSettings(
                environment(settings, key.isPresent()),
                box,
                list(
                        settings,
                        "TWOTICK_HOOK_ALLOW_NETS",
                        "",
                        "a list of address ranges such as 10.0.0.0/8,fd00::/8",
                        Cidr::parse),
                timeout,
                settings.duration(
                        "TWOTICK_HOOK_CONNECT_TIMEOUT",
                        Duration.ofSeconds(3),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1)),
                lease,
                settings.integer("TWOTICK_HOOK_CONCURRENCY", 512, 1, 10_000),
                settings.integer("TWOTICK_HOOK_ENDPOINT_CONCURRENCY", 64, 1, 1_000),
                apps(settings, live));
    }

    private static Supplier<List<AppSecret>> apps(SettingsReader settings, LiveSettings live) {
        List<AppSecret> first = AppSecret.readIfSet(settings);
        AtomicReference<List<AppSecret>> apps = new AtomicReference<>(first);
        live.follow("TWOTICK_APP_SECRETS", first, AppSecret::readIfSet, apps::set);
        return () -> Objects.requireNonNull(apps.get());
    }

    private static void describe(SettingsReader settings) {
        settings.about(
                Section.HOOKS,
                KEY,
                "seals endpoint secrets in the database, and makes the hashes of who was erased; without it no hook is"
                        + " called. Keep it");
        settings.about(
                Section.HOOKS,
                URL,
                "an endpoint, without touching the database; unset changes nothing, `none` takes it away."
                        + " Names in `xn--` form; `_` with `http` only");
        settings.about(Section.HOOKS, "TWOTICK_HOOK_NAME", "the name of that endpoint; another makes another endpoint");
        settings.about(
                Section.HOOKS,
                "TWOTICK_HOOK_SECRET",
                "must be set where the URL is",
                "its secret; two with a comma between during rotation");
        settings.about(
                Section.HOOKS, "TWOTICK_HOOK_EVENTS", "which events it wants, such as `message.*,contact.created`");
        settings.about(
                Section.HOOKS,
                "TWOTICK_HOOK_ALLOW_NETS",
                "private ranges that hooks may be in, such as `172.17.0.1/32,fd00:5::/64`");
        settings.about(Section.HOOKS, "TWOTICK_HOOK_TIMEOUT", "of one call, unless its endpoint has another");
        settings.about(Section.HOOKS, "TWOTICK_HOOK_CONNECT_TIMEOUT", "of its connection");
        settings.about(
                Section.HOOKS,
                "TWOTICK_HOOK_LEASE",
                "how long a call belongs to the worker that took it; at least twice the timeout");
        settings.about(Section.HOOKS, "TWOTICK_HOOK_CONCURRENCY", "calls at once from one worker");
        settings.about(
                Section.HOOKS, "TWOTICK_HOOK_ENDPOINT_CONCURRENCY", "of these, to one endpoint, unless it has another");
    }

    /// What the environment and its files say of its endpoint at this moment.
    public EnvironmentHook environmentOf(SettingsReader settings) {
        return environment(settings, box.isPresent());
    }

    private static EnvironmentHook environment(SettingsReader settings, boolean keyIsSet) {
        String name = settings.text("TWOTICK_HOOK_NAME", "environment").strip();
        if (!EndpointForm.isName(name)) {
            settings.problem("TWOTICK_HOOK_NAME", EndpointForm.NO_NAME);
        } else if (name.equals(AlertSettings.NAME)) {
            settings.problem("TWOTICK_HOOK_NAME", "is the name of the endpoint of TWOTICK_ALERT_URL: choose another");
        }
        Optional<String> text = settings.text(URL).map(String::strip);
        if (text.isEmpty()) {
            return new EnvironmentHook.Unsaid(name);
        }
        if (text.get().equalsIgnoreCase(NONE)) {
            return new EnvironmentHook.TakenAway(name);
        }
        URI url = url(settings, text.get());
        if (!keyIsSet) {
            settings.problem(
                    KEY, "is not set: it keeps the hook's secret sealed; make one with: openssl rand -base64 32");
        }
        settings.requiredSecret(
                "TWOTICK_HOOK_SECRET", "signs the hook calls; make one with: echo whsec_$(openssl rand -base64 32)");
        List<HookSecret> secrets = list(
                settings,
                "TWOTICK_HOOK_SECRET",
                "",
                "whsec_ and the base64 of 24 to 64 bytes, or two of them with a comma between",
                HookSecret::parse);
        if (secrets.size() > 2) {
            settings.problem("TWOTICK_HOOK_SECRET", "holds more than two secrets; keep the new one and the last");
        }
        List<String> events = list(
                settings,
                "TWOTICK_HOOK_EVENTS",
                "*",
                "a list of event types such as message.*,contact.created",
                HookSettings::glob);
        return new EnvironmentHook.Called(name, url, secrets, events);
    }

    private static URI url(SettingsReader settings, String text) {
        try {
            return HookUrl.parse(text);
        } catch (IllegalArgumentException e) {
            settings.problem(URL, String.valueOf(e.getMessage()));
            return URI.create("http://settings.bad/");
        }
    }

    private static String glob(String text) {
        if (!Globs.isGlob(text)) {
            throw new IllegalArgumentException();
        }
        return text;
    }

    private static <T> List<T> list(
            SettingsReader settings, String name, String unlessSet, String form, Function<String, T> element) {
        Function<String, List<T>> parser = text -> Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .map(element)
                .toList();
        return settings.parse(name, unlessSet.isEmpty() ? List.of() : parser.apply(unlessSet), form, parser);
    }
}
