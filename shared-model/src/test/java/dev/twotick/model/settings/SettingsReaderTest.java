package dev.twotick.model.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsReaderTest {

    @Test
    void allBadSettingsAreNamedAtOnceAndTheirValuesAreNot() {
        SettingsReader reader = new SettingsReader(Map.of("PORT", "99999999", "TOKEN", "", "TTL", "soon-s3cret"));
        reader.integer("PORT", 1, 0, 65535);
        reader.secret("TOKEN");
        reader.duration("TTL", Duration.ZERO, Duration.ZERO, Duration.ofDays(1));
        reader.required("URL", "says where the database is");

        assertThatThrownBy(reader::finish)
                .isInstanceOf(BadSettings.class)
                .hasMessageContainingAll("PORT is not", "TOKEN is set to nothing", "TTL is not", "URL is not set")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void emptyMeansUnset() {
        assertThat(new SettingsReader(Map.of("PORT", "")).integer("PORT", 8080, 0, 65535))
                .isEqualTo(8080);
    }

    @Test
    void aFileMayHoldTheValue(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), "from-file\n");

        assertThat(new SettingsReader(Map.of("TOKEN_FILE", file.toString())).secret("TOKEN"))
                .contains("from-file");
    }

    @Test
    void aFileThatIsMissingStopsTheStart() {
        SettingsReader reader = new SettingsReader(Map.of("TOKEN_FILE", "/nowhere/at/all"));
        reader.requiredSecret("TOKEN", "opens the door");

        assertThatThrownBy(reader::finish).hasMessageContaining("TOKEN_FILE names a file that cannot be read");
    }

    @Test
    void aFileNameThatCannotBeOneIsNamedToo() {
        SettingsReader reader = new SettingsReader(Map.of("TOKEN_FILE", "/run/\0/token"));
        reader.requiredSecret("TOKEN", "opens the door");

        assertThatThrownBy(reader::finish)
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("TOKEN_FILE names a file that cannot be read");
    }

    @Test
    void aProblemIsToldOnceHoweverOftenItsNameIsRead() {
        SettingsReader reader = new SettingsReader(Map.of("TOKEN_FILE", "/nowhere/at/all", "PORT", "x"));
        reader.text("TOKEN");
        reader.text("TOKEN");
        reader.integer("PORT", 1, 0, 65535);
        reader.integer("PORT", 1, 0, 65535);

        assertThatThrownBy(reader::finish)
                .satisfies(bad -> assertThat(bad.getMessage())
                        .containsOnlyOnce("TOKEN_FILE names")
                        .containsOnlyOnce("PORT is not"));
    }

    @Test
    void timesAreReadInBothSpellings() {
        SettingsReader reader = new SettingsReader(Map.of("A", "48h", "B", "PT1M"));

        assertThat(reader.duration("A", Duration.ZERO, Duration.ZERO, Duration.ofDays(2)))
                .isEqualTo(Duration.ofDays(2));
        assertThat(reader.duration("B", Duration.ZERO, Duration.ofMinutes(1), Duration.ofDays(2)))
                .isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void aTimeOutsideItsRangeIsNamedWithTheRangeAsItWouldBeWritten() {
        for (String bad : List.of("0s", "91s", "999999999d", "PT-1S", "PT9223372036854775807H")) {
            SettingsReader reader = new SettingsReader(Map.of("A", bad));
            reader.duration("A", Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofSeconds(90));

            assertThatThrownBy(reader::finish)
                    .as(bad)
                    .hasMessageContaining("A is not a length of time from PT0.1S to 90s, written 48h, 30m or 10s");
        }
    }
}
