package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithStores
class SchemaClassesTest {
    private static final Path COMMITTED = Path.of("src/main/java/dev/twotick/db/schema");

    /// `./twotick generate` runs this test with -Dtwotick.generate=true, and then it writes instead of comparing.
    @Test
    void theCommittedClassesAreWhatTheMigrationsMake(Stores stores, @TempDir Path folder) throws Exception {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (var pool = Database.pool(settings, "generate", 2, Duration.ZERO)) {
            Migrations.migrate(pool);
        }
        boolean generate = Boolean.getBoolean("twotick.generate");
        Path target = generate ? Path.of("src/main/java") : folder;

        GenerateSchema.into(target, stores.jdbcUrl(), stores.user(), stores.password());

        assertThat(files(target.resolve("dev/twotick/db/schema")))
                .as("run ./twotick generate after a change of a migration, and commit what it writes")
                .isEqualTo(files(COMMITTED));
    }

    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(folder.relativize(path).toString(), Files.readString(path));
            }
        }
        return files;
    }
}
