package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvFileTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadAgainByUsAndByAShell() throws Exception {
        var file = folder.resolve("run.env");
        var value = "jdbc:postgresql://127.0.0.1/x?user=a&password=it's \"$HOME\" `date`";
        EnvFile.write(file, Map.of("TWOTICK_DATABASE_URL", value));

        assertThat(EnvFile.read(file)).containsExactly(Map.entry("TWOTICK_DATABASE_URL", value));
        var shell = new ProcessBuilder("sh", "-c", ". \"$0\"; printf %s \"$TWOTICK_DATABASE_URL\"", file.toString())
                .start();
        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(value);
    }

    @Test
    void onlyTheOwnerMayReadIt() throws Exception {
        var file = folder.resolve("env");
        EnvFile.write(file, Map.of("A", "b"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void theFormsThatComposeUnderstandsAreUnderstood() throws Exception {
        var file = Files.writeString(folder.resolve(".env"), """
                # a comment
                PLAIN=one two   # said in passing
                export DOUBLE="with = and #"
                EMPTY=
                """);
        assertThat(EnvFile.read(file))
                .containsExactly(
                        Map.entry("PLAIN", "one two"), Map.entry("DOUBLE", "with = and #"), Map.entry("EMPTY", ""));
    }
}
