package dev.twotick.worker;

import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.settings.SettingsReader;
import java.time.Duration;
import java.util.Map;

/// `worker --migrate`. Needs the database's settings only.
final class MigrateRun {

    static int run(Map<String, String> environment) {
        SettingsReader settings = new SettingsReader(environment);
        DatabaseSettings database = DatabaseSettings.read(settings);
        settings.finish();
        try (var pool = Database.pool(database, "twotick-migrate", 3, Duration.ZERO)) {
            int ran = Migrations.migrate(pool);
            System.out.println(
                    ran == 0 ? "The schema is current." : "Ran " + ran + " migrations; the schema is current.");
            return 0;
        }
    }

    private MigrateRun() {}
}
