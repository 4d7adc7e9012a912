package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.model.settings.BadSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IngestSettingsTest {
    private static final Map<String, String> GOOD = Map.of(
            "TWOTICK_DATABASE_URL", "jdbc:postgresql://localhost/twotick",
            "TWOTICK_REDIS_URL", "redis://localhost:6379",
            "TWOTICK_APP_SECRETS", "shop=hush",
            "TWOTICK_VERIFY_TOKEN", "token");

    @Test
    void allBadOnesAreNamedAtOnceAndNoSecretIsRepeated() {
        assertThatThrownBy(() -> IngestSettings.read(Map.of(
                        "TWOTICK_HTTP_PORT", "eighty",
                        "TWOTICK_WEBHOOK_PATH", "webhook",
                        "TWOTICK_REDIS_URL", "http://redis",
                        "TWOTICK_APP_SECRETS", "hush hush",
                        "TWOTICK_VERIFY_TOKEN", " ",
                        "TWOTICK_MAX_BODY_BYTES", "1000")))
                .isInstanceOf(BadSettings.class)
                .hasMessageContainingAll(
                        "TWOTICK_HTTP_PORT",
                        "TWOTICK_WEBHOOK_PATH",
                        "TWOTICK_DATABASE_URL",
                        "TWOTICK_REDIS_URL",
                        "TWOTICK_APP_SECRETS",
                        "TWOTICK_VERIFY_TOKEN",
                        "TWOTICK_MAX_BODY_BYTES")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "hush", "=hush", "shop=", "shop=hush,", "shop=hush,bank=", "shop=hush,bank=hush"})
    void secretsThatOpenTheDoorAreRefused(String secrets) {
        assertThatThrownBy(() -> read("TWOTICK_APP_SECRETS", secrets))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("TWOTICK_APP_SECRETS")
                .hasMessageNotContaining("hush");
    }

    @Test
    void sixteenSecretsAreEnough() {
        assertThat(read("TWOTICK_APP_SECRETS", secrets(16)).secrets()).hasSize(16);
        assertThatThrownBy(() -> read("TWOTICK_APP_SECRETS", secrets(17))).isInstanceOf(BadSettings.class);
    }

    @Test
    void anAppMayHaveTwoSecretsWhileOneReplacesTheOther() {
        assertThat(read("TWOTICK_APP_SECRETS", "shop=old,shop=new,shop=old").secrets())
                .containsExactly(new AppSecret("shop", "old"), new AppSecret("shop", "new"));
    }

    @Test
    void whatIsPrintedHoldsNoSecret() {
        assertThat(IngestSettings.read(GOOD).toString()).doesNotContain("hush", "token");
        assertThat(IngestSettings.read(GOOD).secrets().toString()).doesNotContain("hush");
    }

    @Test
    void thePathMayBeWrittenWithATrailingSlash() {
        assertThat(read("TWOTICK_WEBHOOK_PATH", "/meta/hook/").webhookPath()).isEqualTo("/meta/hook");
        assertThatThrownBy(() -> read("TWOTICK_WEBHOOK_PATH", "/health")).isInstanceOf(BadSettings.class);
    }

    @Test
    void withoutItsFilesThereIsNoTls() {
        assertThat(IngestSettings.read(GOOD).tls()).isEmpty();
    }

    @Test
    void filesForTlsAreLookedIntoAndAllThatIsWrongIsNamed(@TempDir Path folder) throws Exception {
        CertificateFiles files = new CertificateFiles(folder);
        assertThat(tls(files.settings())).isEmpty();
        assertThat(tls(files.mutual())).isEmpty();
        Map<String, String> withoutCa = new HashMap<>(files.mutual());
        withoutCa.put(
                "TWOTICK_TLS_CLIENT_CA_FILE",
                Files.createFile(folder.resolve("empty")).toString());
        assertThat(tls(withoutCa)).contains("TWOTICK_TLS_CLIENT_CA_FILE names a file that is empty");
        Files.writeString(files.key, CertificateFiles.signed().keyPem());
        Map<String, String> settings = new HashMap<>(files.settings());
        settings.put("TWOTICK_TLS_PORT", "8080");
        settings.put("TWOTICK_TLS_CLIENT_NAME", "client.example");
        assertThat(tls(settings))
                .contains(
                        "TWOTICK_TLS_PORT is TWOTICK_HTTP_PORT too",
                        "TWOTICK_TLS_CLIENT_NAME proves nothing without TWOTICK_TLS_CLIENT_CA_FILE",
                        "TWOTICK_TLS_KEY_FILE names a file whose key is not that of the first certificate");
        Files.writeString(files.key, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        assertThat(tls(files.settings())).contains("openssl pkcs8 -topk8").doesNotContain("AAAA");
        assertThat(tls(Map.of("TWOTICK_TLS_CERTIFICATE_FILE", "/nowhere.pem", "TWOTICK_TLS_KEY_FILE", "/nowhere.key")))
                .contains("TWOTICK_TLS_CERTIFICATE_FILE names a file that cannot be read (NoSuchFileException)");
        assertThat(tls(Map.of("TWOTICK_TLS_KEY_FILE", files.key.toString())))
                .contains("TWOTICK_TLS_CERTIFICATE_FILE is not set");
        assertThat(tls(Map.of("TWOTICK_TLS_CLIENT_CA_FILE", files.certificate.toString())))
                .contains("TWOTICK_TLS_CLIENT_CA_FILE asks for TLS");
    }

    private static String tls(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(GOOD);
        environment.putAll(settings);
        try {
            IngestSettings.read(environment);
            return "";
        } catch (BadSettings e) {
            return e.getMessage();
        }
    }

    private static IngestSettings read(String name, String value) {
        Map<String, String> environment = new HashMap<>(GOOD);
        environment.put(name, value);
        return IngestSettings.read(environment);
    }

    private static String secrets(int count) {
        return IntStream.range(0, count).mapToObj(i -> "app" + i + "=s" + i).collect(Collectors.joining(","));
    }
}
