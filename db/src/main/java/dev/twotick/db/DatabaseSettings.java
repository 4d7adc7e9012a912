package dev.twotick.db;

import dev.twotick.model.settings.SettingsReader;
import org.postgresql.Driver;

/// Where PostgreSQL is.
///
/// @param url a JDBC URL, which may carry user and password itself
public record DatabaseSettings(String url, String user, String password) {

    /// Reads `TWOTICK_DATABASE_URL`, `…_USER`, `…_PASSWORD`.
    public static DatabaseSettings read(SettingsReader settings) {
        String url = settings.required(
                "TWOTICK_DATABASE_URL", "says where PostgreSQL is, such as jdbc:postgresql://localhost:5432/twotick");
        if (!url.isEmpty() && Driver.parseURL(url, null) == null) {
            settings.problem("TWOTICK_DATABASE_URL", "is not of the form jdbc:postgresql://host:port/database");
        }
        return new DatabaseSettings(
                url,
                settings.text("TWOTICK_DATABASE_USER", ""),
                settings.secret("TWOTICK_DATABASE_PASSWORD").orElse(""));
    }

    /// Without the password, and without the URL, which may hold one.
    @Override
    public String toString() {
        return "DatabaseSettings[user=" + user + "]";
    }
}
