package dev.twotick.db;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Opens sessions as a pool wants them, and knows what of that is in force. Between us and PostgreSQL there may be a
/// pooler, which hands one session to many clients in turn, and passes on of their wishes what it likes:
///
/// - A statement that is prepared under a name stays with the session, and the next client's statement of that name
///   runs instead of its own. So behind a pooler none gets a name, unless the URL says `prepareThreshold` itself.
/// - A pooler may refuse the start-up parameter `options`. Then it is left out.
/// - Nothing is set after the start either: it would stay with whoever is given the session next.
final class Sessions implements DataSource {
    private static final org.slf4j.Logger log = LoggerFactory.getLogger(Sessions.class);
    private static final String PROTOCOL_VIOLATION = "08P01";

    private final Driver driver = new Driver();
    private final DatabaseSettings settings;
    private final Properties properties;
    private final Wishes wishes;
    private final boolean leavesStatementsToTheUrl;
    private volatile Standing standing = new Standing(false, List.of());

    /// @param pooled a pooler is there
    /// @param missing what was wished for and is not in force, a sentence each
    record Standing(boolean pooled, List<String> missing) {}

    /// Settings of the server, as it takes them when a session starts.
    ///
    /// @param judged whether the session says later on that it has them
    record Wishes(Map<String, String> judged, String others) {
        String options() {
            StringJoiner options = new StringJoiner(" ");
            judged.forEach((name, value) -> options.add("-c " + name + "=" + value));
            return options.add(others).toString();
        }
    }

    Sessions(DatabaseSettings settings, Properties properties, Wishes wishes) {
        this.settings = settings;
        this.properties = properties;
        this.wishes = wishes;
        Properties said = Driver.parseURL(settings.url(), null);
        leavesStatementsToTheUrl = said != null && said.getProperty("prepareThreshold") != null;
    }

    Standing standing() {
        return standing;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = open();
        try {
            examine(connection);
            BinaryArray.mayBeSentOver(connection.unwrap(BaseConnection.class));
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private Connection open() throws SQLException {
        Properties all = new Properties();
        all.putAll(properties);
        all.setProperty("options", wishes.options());
        try {
            return connect(all);
        } catch (SQLException e) {
            if (!refusesOptions(e)) {
                throw e;
            }
            return connect(properties);
        }
    }

    private Connection connect(Properties given) throws SQLException {
        Properties all = new Properties();
        all.putAll(given);
        String user = settings.user(); // may be another than a session ago
        if (!user.isEmpty()) {
            all.setProperty("user", user);
            all.setProperty("password", settings.password());
        }
        Connection connection = driver.connect(settings.url(), all);
        if (connection == null) {
            throw new SQLException("not a URL of PostgreSQL's", "08001");
        }
        return connection;
    }

    /// PgBouncer: `unsupported startup parameter: options`, `unsupported startup parameter in options: …`.
    private static boolean refusesOptions(SQLException e) {
        return PROTOCOL_VIOLATION.equals(e.getSQLState())
                && String.valueOf(e.getMessage()).contains("startup parameter");
    }

    /// A pooler gives a client a key of its own to cancel by; PostgreSQL's holds the session's process id.
    private void examine(Connection connection) throws SQLException {
        PGConnection session = connection.unwrap(PGConnection.class);
        int process = 0;
        Map<String, String> inForce = new LinkedHashMap<>();
        try (Statement question = connection.createStatement();
                ResultSet answer = question.executeQuery(
                        "select pg_backend_pid(), name, setting from pg_settings" + " where name in ('"
                                + String.join("','", wishes.judged().keySet()) + "')")) {
            while (answer.next()) {
                process = answer.getInt(1);
                inForce.put(answer.getString(2), answer.getString(3));
            }
        }
        boolean pooled = session.getBackendPID() != process;
        if (pooled && !leavesStatementsToTheUrl) {
            session.setPrepareThreshold(0);
        }
        see(new Standing(pooled, missing(inForce)));
    }

    private List<String> missing(Map<String, String> inForce) {
        List<String> missing = new ArrayList<>();
        wishes.judged().forEach((name, wished) -> {
            String found = inForce.getOrDefault(name, "");
            if (!isMet(wished, found)) {
                missing.add(name + " is " + found + " and not " + wished);
            }
        });
        return List.copyOf(missing);
    }

    /// A longer bound serves too: of one role's there is but one.
    private static boolean isMet(String wished, String found) {
        if (!wished.matches("\\d+") || !found.matches("\\d+")) {
            return wished.equals(found);
        }
        return Long.parseLong(found) >= Long.parseLong(wished);
    }

    private synchronized void see(Standing seen) {
        if (!seen.equals(standing)) {
            log.atLevel(seen.missing().isEmpty() ? Level.INFO : Level.WARN)
                    .log(
                            "database={} pool={} not_in_force=\"{}\"",
                            seen.pooled() ? "behind-a-pooler" : "direct",
                            properties.getProperty("ApplicationName"),
                            String.join("; ", seen.missing()));
        }
        standing = seen;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is the pool's");
    }

    @Override
    public void setLoginTimeout(int seconds) {
        properties.setProperty("loginTimeout", String.valueOf(seconds));
    }

    @Override
    public int getLoginTimeout() {
        return Integer.parseInt(properties.getProperty("loginTimeout", "0"));
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter writer) {}

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (isWrapperFor(type)) {
            return type.cast(this);
        }
        throw new SQLException("no " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
