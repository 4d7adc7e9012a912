package dev.twotick.db;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// Brings a database to this version's schema. Two processes that start together migrate once: Flyway locks.
public final class Migrations {

    /// @return how many migrations ran
    public static int migrate(DataSource source) {
        return flyway(source).migrate().migrationsExecuted;
    }

    /// @return how many migrations of this version the database still lacks
    public static int pending(DataSource source) {
        return flyway(source).info().pending().length;
    }

    private static Flyway flyway(DataSource source) {
        return Flyway.configure()
                .dataSource(source)
                .locations("classpath:db/migration")
                .validateMigrationNaming(true)
                .load();
    }

    private Migrations() {}
}
