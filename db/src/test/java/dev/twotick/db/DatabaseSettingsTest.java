package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.BadSettings;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@WithStores
@Tag("postgres15")
class DatabaseSettingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            nullValues = "-",
            value = {
                "postgres://ann:s3cret@db.example:6432/shop?sslmode=require"
                        + "|jdbc:postgresql://db.example:6432/shop?sslmode=require|ann|s3cret",
                "postgresql://ann@db.example/shop|jdbc:postgresql://db.example/shop|ann|of the environment",
                "postgres://db.example|jdbc:postgresql://db.example/|of the environment|of the environment",
                "postgres://ann@db.example|jdbc:postgresql://db.example/ann|ann|of the environment",
                "postgres://ann%40corp:p%3Aa%2Fs%20s+%25@db.example/my%20shop"
                        + "|jdbc:postgresql://db.example/my%20shop|ann@corp|p:a/s s+%",
                "postgres://ann:a@b@[::1]:5432/shop|jdbc:postgresql://[::1]:5432/shop|ann|a@b",
                "postgres://ann:x@one,two:5433/shop?target_session_attrs=read-write&channel_binding=require&connect_timeout=5"
                        + "|jdbc:postgresql://one,two:5433/shop?targetServerType=primary&channelBinding=require"
                        + "&connectTimeout=5|ann|x",
                "postgres://h/shop?user=ann&password=p%26w&prepareThreshold=0"
                        + "|jdbc:postgresql://h/shop?prepareThreshold=0|ann|p&w",
                "jdbc:postgresql://h/shop|jdbc:postgresql://h/shop|of the environment|of the environment"
            })
    void aUrlAsLibpqWritesItIsToldToTheDriver(String url, String jdbc, String user, String password) {
        assertThat(read(url)).isEqualTo(new DatabaseSettings(jdbc, user, password));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgres:///shop|is not of the form",
                "postgres://ann:50%@h/shop|a % itself is written %25",
                "postgres://h/shop?sslmoed=require|a parameter that is not known here: sslmoed",
                "postgres://h/shop?target_session_attrs=standby|Twotick writes",
                "mysql://h/shop|is not of the form postgres://"
            })
    void aUrlThatCannotBeReadIsRefusedWithoutItsSecrets(String url, String told) {
        assertThatThrownBy(() -> read(url)).isInstanceOf(BadSettings.class).hasMessageContaining(told);
        assertThatThrownBy(() -> read(url)).message().doesNotContain("50%@");
    }

    @Test
    void itLeadsToTheDatabase(Stores stores) throws Exception {
        URI jdbc = URI.create(stores.jdbcUrl().substring("jdbc:".length()));
        String url = "postgres://%s:%s@127.0.0.1:%d%s"
                .formatted(stores.user(), stores.password().replace("%", "%25"), jdbc.getPort(), jdbc.getPath());
        try (var pool = Database.pool(read(url), "test", 1, Duration.ofSeconds(7));
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("select current_user, current_setting('statement_timeout')")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo(stores.user());
            assertThat(row.getString(2)).isEqualTo("7s");
        }
    }

    private static DatabaseSettings read(String url) {
        SettingsReader settings = new SettingsReader(Map.of(
                "TWOTICK_DATABASE_URL", url,
                "TWOTICK_DATABASE_USER", "of the environment",
                "TWOTICK_DATABASE_PASSWORD", "of the environment"));
        DatabaseSettings read = DatabaseSettings.read(settings);
        settings.finish();
        return read;
    }
}
