package dev.twotick.db;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/// Where PostgreSQL is, and who comes. A password may change while the process runs: new sessions are opened with the
/// new one.
public final class DatabaseSettings {
    private final String url;
    private volatile Login login;

    private record Login(String user, String password) {}

    /// @param url a JDBC URL, which may carry user and password itself
    public DatabaseSettings(String url, String user, String password) {
        this.url = url;
        login = new Login(user, password);
    }

    /// Reads `TWOTICK_DATABASE_URL`, `…_USER`, `…_PASSWORD`. What the URL says of user and password counts first.
    public static DatabaseSettings read(SettingsReader settings) {
        settings.about(
                Section.STORES,
                "TWOTICK_DATABASE_URL",
                "such as `postgres://user:password@localhost:5432/twotick`, or `jdbc:postgresql://…`; PostgreSQL 15"
                        + " or newer; [behind PgBouncer](deploy.md#pgbouncer)");
        settings.about(Section.STORES, "TWOTICK_DATABASE_USER", "unless the URL carries one");
        settings.about(
                Section.STORES,
                "TWOTICK_DATABASE_PASSWORD",
                "unless the URL carries one; compose's PostgreSQL is made with it");
        String url = settings.required(
                "TWOTICK_DATABASE_URL",
                "says where PostgreSQL is, such as postgres://user:password@localhost:5432/twotick");
        String user = settings.text("TWOTICK_DATABASE_USER", "");
        String password = settings.secret("TWOTICK_DATABASE_PASSWORD").orElse("");
        if (PostgresUrl.isOne(url)) {
            try {
                PostgresUrl told = PostgresUrl.parse(url);
                return new DatabaseSettings(
                        told.jdbc(),
                        told.user().isEmpty() ? user : told.user(),
                        told.password().isEmpty() ? password : told.password());
            } catch (IllegalArgumentException e) {
                settings.problem("TWOTICK_DATABASE_URL", String.valueOf(e.getMessage()));
            }
        } else if (!url.isEmpty() && Driver.parseURL(url, null) == null) {
            settings.problem(
                    "TWOTICK_DATABASE_URL",
                    "is not of the form postgres://user:password@host:port/database or"
                            + " jdbc:postgresql://host:port/database");
        }
        return new DatabaseSettings(url, user, password);
    }

    /// From now on as the files say.
    public DatabaseSettings follow(LiveSettings live) {
        live.follow(
                "TWOTICK_DATABASE_PASSWORD",
                new DatabaseSettings(url, user(), password()),
                DatabaseSettings::read,
                this::use);
        return this;
    }

    private void use(DatabaseSettings next) {
        if (!url.equals(next.url)) {
            throw new IllegalArgumentException(
                    "TWOTICK_DATABASE_URL is another, and not only in the user and password of"
                            + " postgres://user:password@host/database: that is taken at a restart only");
        }
        login = next.login;
    }

    public String url() {
        return url;
    }

    public String user() {
        return login.user;
    }

    public String password() {
        return login.password;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DatabaseSettings that && url.equals(that.url) && login.equals(that.login);
    }

    @Override
    public int hashCode() {
        return Objects.hash(url);
    }

    /// Without the password, and without the URL, which may hold one.
    @Override
    public String toString() {
        return "DatabaseSettings[user=" + login.user + "]";
    }
}
