package dev.twotick.devstack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;

/// All `TWOTICK_*` settings as ingest and worker will see them: the environment, else the project's `.env`, else
/// `$TWOTICK_HOME/env`, else what suits one machine. Empty means unset, and `…_FILE` counts as given.
///
/// @param values only names that begin with `TWOTICK_`
record StackSettings(Map<String, String> values) {
    /// With `_FILE` behind it.
    private static final String CERTIFICATE = "TWOTICK_TLS_CERTIFICATE";

    StackSettings {
        values = Map.copyOf(values);
    }

    static StackSettings resolve(Map<String, String> environment, Path project, Home home) {
        var values = new TreeMap<String, String>();
        EnvFile.read(project.resolve(".env")).forEach((name, value) -> {
            if (name.startsWith("TWOTICK_") && !value.isEmpty()) {
                values.put(name, value);
            }
        });
        environment.forEach((name, value) -> {
            if (name.startsWith("TWOTICK_")) {
                values.put(name, value);
            }
        });
        // one that is set to nothing is a mistake that stops the start; the process itself says so
        Secrets.complete(home, name -> values.containsKey(name) || values.containsKey(name + "_FILE"))
                .forEach((name, value) -> {
                    if (!values.containsKey(name + "_FILE")) {
                        values.putIfAbsent(name, value);
                    }
                });
        defaultTo(values, "TWOTICK_HTTP_PORT", "8080");
        if (isGiven(values, CERTIFICATE)) {
            defaultTo(values, "TWOTICK_TLS_PORT", "8443");
        }
        defaultTo(values, "TWOTICK_WORKER_PORT", "8082");
        defaultTo(values, "TWOTICK_CONSOLE_PORT", "8081");
        defaultTo(values, "TWOTICK_WEBHOOK_PATH", "/webhook");
        defaultTo(values, "TWOTICK_HTTP_HOST", "127.0.0.1");
        defaultTo(values, "TWOTICK_WORKER_HOST", "127.0.0.1");
        defaultTo(values, "TWOTICK_CONSOLE_HOST", "127.0.0.1");
        defaultTo(values, "TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8,::1/128");
        values.put("TWOTICK_HOME", home.folder().toString());
        return new StackSettings(values);
    }

    /// What `up` wrote down, and, where it did not run, the environment alone; always `TWOTICK_HOME`.
    static StackSettings running() {
        var home = Home.of(System.getenv(), Path.of(System.getProperty("twotick.project", "")));
        var values = new TreeMap<String, String>();
        System.getenv().forEach((name, value) -> {
            if (name.startsWith("TWOTICK_")) {
                values.put(name, value);
            }
        });
        values.putAll(EnvFile.read(home.runEnv()));
        values.put("TWOTICK_HOME", home.folder().toString());
        return new StackSettings(values);
    }

    private static boolean isGiven(Map<String, String> values, String name) {
        return !values.getOrDefault(name, "").isEmpty()
                || !values.getOrDefault(name + "_FILE", "").isEmpty();
    }

    private static void defaultTo(Map<String, String> values, String name, String value) {
        if (!isGiven(values, name)) {
            values.put(name, value);
        }
    }

    boolean has(String name) {
        return isGiven(values, name);
    }

    /// The setting, or the content of the file that `…_FILE` names; empty if neither is there.
    String get(String name) {
        var value = values.getOrDefault(name, "");
        var file = values.getOrDefault(name + "_FILE", "");
        if (!value.isEmpty() || file.isEmpty()) {
            return value;
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new StackFailure("cannot read " + file + ", which " + name + "_FILE names: " + e.getMessage(), e);
        }
    }

    int port(String name) {
        try {
            return Integer.parseInt(get(name));
        } catch (NumberFormatException e) {
            throw new StackFailure(name + " is \"" + get(name) + "\" and should be a port number", e);
        }
    }

    StackSettings with(String name, String value) {
        var more = new TreeMap<>(values);
        more.remove(name + "_FILE");
        more.put(name, value);
        return new StackSettings(more);
    }

    /// Whether ingest takes payloads over TLS, and only so.
    boolean servesTls() {
        return has(CERTIFICATE);
    }

    /// What ingest shows now; somebody may renew it at any time.
    X509Certificate certificate() {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(get(CERTIFICATE).getBytes(UTF_8)));
        } catch (CertificateException e) {
            throw new StackFailure(CERTIFICATE + "_FILE names a file without a certificate: " + e.getMessage(), e);
        }
    }

    /// Base URL to which payloads go, without a slash at the end.
    String url() {
        return servesTls()
                ? "https://" + reachable(get("TWOTICK_HTTP_HOST")) + ":" + port("TWOTICK_TLS_PORT")
                : ingestUrl();
    }

    /// Where ingest is asked how it is, without TLS.
    String ingestUrl() {
        return "http://" + reachable(get("TWOTICK_HTTP_HOST")) + ":" + port("TWOTICK_HTTP_PORT");
    }

    String workerUrl() {
        return "http://" + reachable(get("TWOTICK_WORKER_HOST")) + ":" + port("TWOTICK_WORKER_PORT");
    }

    String consoleUrl() {
        return "http://" + reachable(get("TWOTICK_CONSOLE_HOST")) + ":" + port("TWOTICK_CONSOLE_PORT");
    }

    /// Where one who listens there is found from this machine.
    private static String reachable(String host) {
        if (host.equals("0.0.0.0") || host.equals("::")) {
            return "127.0.0.1";
        }
        return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    String webhookUrl() {
        return url() + get("TWOTICK_WEBHOOK_PATH");
    }

    /// The first of `name=secret,…`.
    String appSecret() {
        var first = get("TWOTICK_APP_SECRETS").split(",", 2)[0];
        return first.substring(first.indexOf('=') + 1).strip();
    }

    /// A URL that carries user and password, for whoever has nothing else.
    String databaseUrlWithUser() {
        var url = new StringBuilder(get("TWOTICK_DATABASE_URL"));
        if (url.toString().matches("postgres(ql)?://[^?]*@.*")) {
            return url.toString();
        }
        addParameter(url, "user", get("TWOTICK_DATABASE_USER"));
        addParameter(url, "password", get("TWOTICK_DATABASE_PASSWORD"));
        return url.toString();
    }

    private static void addParameter(StringBuilder url, String name, String value) {
        if (!value.isEmpty() && !url.toString().matches(".*[?&]" + name + "=.*")) {
            url.append(url.indexOf("?") < 0 ? '?' : '&')
                    .append(name)
                    .append('=')
                    .append(java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8));
        }
    }
}
