package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackSettingsTest {
    @TempDir
    Path project;

    private Home home;

    @BeforeEach
    void makeHome() {
        home = Home.of(Map.of(), project).make();
    }

    @Test
    void secretsAreMadeOnceAndKept() {
        var first = resolve(Map.of());
        assertThat(first.get("TWOTICK_APP_SECRETS")).matches("dev=[0-9a-f]{32}");
        assertThat(first.appSecret()).matches("[0-9a-f]{32}");
        assertThat(Base64.getDecoder().decode(first.get("TWOTICK_ENCRYPTION_KEY")))
                .hasSize(32);
        assertThat(first.get("TWOTICK_HOOK_SECRET")).startsWith("whsec_");
        assertThat(resolve(Map.of())).isEqualTo(first);
    }

    @Test
    void aGivenSecretIsNotReplacedAndNotWrittenDown() {
        assertThat(resolve(Map.of("TWOTICK_VERIFY_TOKEN", "mine")).get("TWOTICK_VERIFY_TOKEN"))
                .isEqualTo("mine");
        assertThat(EnvFile.read(home.env())).doesNotContainKey("TWOTICK_VERIFY_TOKEN");
    }

    @Test
    void aSecretSetToNothingReachesTheProcessWhichRefusesIt() {
        assertThat(resolve(Map.of("TWOTICK_VERIFY_TOKEN", "")).values()).containsEntry("TWOTICK_VERIFY_TOKEN", "");
    }

    @Test
    void healthIsAskedWhereTheProcessesListen() {
        assertThat(resolve(Map.of("TWOTICK_HTTP_HOST", "10.1.2.3")).url()).isEqualTo("http://10.1.2.3:8080");
        assertThat(resolve(Map.of("TWOTICK_WORKER_HOST", "10.1.2.3")).workerUrl())
                .isEqualTo("http://10.1.2.3:8082");
        assertThat(resolve(Map.of("TWOTICK_HTTP_HOST", "::1")).url()).isEqualTo("http://[::1]:8080");
        assertThat(resolve(Map.of("TWOTICK_HTTP_HOST", "0.0.0.0")).url()).isEqualTo("http://127.0.0.1:8080");
        assertThat(resolve(Map.of()).url()).isEqualTo("http://127.0.0.1:8080");
    }

    @Test
    void theScreenShowsNoPassword() {
        var text = Welcome.text(
                home,
                resolve(Map.of(
                        "TWOTICK_REDIS_URL", "rediss://:s3cret@redis.example:6380",
                        "TWOTICK_DATABASE_URL", "postgres://ann:s3cret@db.example/shop?sslpassword=s3cret")),
                "once",
                Instant.EPOCH);
        assertThat(text)
                .doesNotContain("s3cret")
                .contains("rediss://redis.example:6380")
                .contains("http://127.0.0.1:8081/sign-in?link=once")
                .contains("postgres://db.example/shop");
    }

    @Test
    void aUrlThatCarriesItsUserIsWrittenAsItIs() {
        var url = "postgres://ann:x@db.example/shop";
        assertThat(resolve(Map.of("TWOTICK_DATABASE_URL", url, "TWOTICK_DATABASE_USER", "other"))
                        .databaseUrlWithUser())
                .isEqualTo(url);
        assertThat(resolve(Map.of("TWOTICK_DATABASE_URL", "postgres://db.example/shop", "TWOTICK_DATABASE_USER", "ann"))
                        .databaseUrlWithUser())
                .isEqualTo("postgres://db.example/shop?user=ann");
    }

    @Test
    void aSecretInAFileIsUsedForSigning() throws Exception {
        var file = Files.writeString(project.resolve("secret"), "shop=abc,other=def\n");
        assertThat(resolve(Map.of("TWOTICK_APP_SECRETS_FILE", file.toString())).appSecret())
                .isEqualTo("abc");
    }

    @Test
    void theEnvironmentGoesBeforeTheProjectsEnvFile() throws Exception {
        Files.writeString(project.resolve(".env"), "TWOTICK_HTTP_PORT=9000\nTWOTICK_WORKER_PORT=9002\nOTHER=x\n");
        var settings = resolve(Map.of("TWOTICK_HTTP_PORT", "9100", "PATH", "/bin"));
        assertThat(settings.url()).isEqualTo("http://127.0.0.1:9100");
        assertThat(settings.workerUrl()).isEqualTo("http://127.0.0.1:9002");
        assertThat(settings.values()).doesNotContainKeys("OTHER", "PATH");
    }

    @Test
    void hooksToLoopbackAreAllowedUnlessSaidOtherwise() {
        assertThat(resolve(Map.of()).get("TWOTICK_HOOK_ALLOW_NETS")).contains("127.0.0.0/8");
        assertThat(resolve(Map.of("TWOTICK_HOOK_ALLOW_NETS", "10.0.0.0/8")).get("TWOTICK_HOOK_ALLOW_NETS"))
                .isEqualTo("10.0.0.0/8");
    }

    @Test
    void theDatabaseUrlForOthersCarriesUserAndPasswordOnce() {
        var settings = resolve(Map.of(
                "TWOTICK_DATABASE_URL", "jdbc:postgresql://db/x?user=given",
                "TWOTICK_DATABASE_USER", "other",
                "TWOTICK_DATABASE_PASSWORD", "a&b"));
        assertThat(settings.databaseUrlWithUser()).isEqualTo("jdbc:postgresql://db/x?user=given&password=a%26b");
    }

    @Test
    void aPortThatIsNoNumberIsNamed() {
        assertThatThrownBy(() -> resolve(Map.of("TWOTICK_HTTP_PORT", "http")).url())
                .hasMessageContaining("TWOTICK_HTTP_PORT");
    }

    @Test
    void twoRunsOnOneHomeAreRefused() {
        home.lock();
        assertThatThrownBy(() -> home.lock()).isInstanceOf(StackFailure.class).hasMessageContaining("TWOTICK_HOME");
    }

    private StackSettings resolve(Map<String, String> environment) {
        return StackSettings.resolve(environment, project, home);
    }
}
