package dev.twotick.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

/// Pools and jOOQ contexts, made in one way. A pool builds while PostgreSQL is away, and recovers when it is back.
public final class Database {

    /// @param statementTimeout ends a statement on the server, and a little later the socket; zero for none
    public static HikariDataSource pool(
            DatabaseSettings settings, String name, int connections, Duration statementTimeout) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(sessions(settings, name, statementTimeout));
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(Math.min(2, connections));
        config.setInitializationFailTimeout(-1);
        config.setConnectionTimeout(1_000);
        // Left to itself, HikariCP asks its first connection for this. Should PostgreSQL die at that moment, the pool
        // takes the answer to be -1, and sets up no connection ever after.
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setValidationTimeout(1_000);
        config.setExceptionOverride(new LeaveReadOnly());
        return new HikariDataSource(config);
    }

    private static Sessions sessions(DatabaseSettings settings, String name, Duration statementTimeout) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", name);
        // the details quote rows: phone numbers, texts
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("connectTimeout", "1");
        properties.setProperty("tcpKeepAlive", "true");
        Map<String, String> judged = new LinkedHashMap<>();
        // A generic plan made while a table was empty reads it whole for each row of an unnest, until the next ANALYZE;
        // planning a batch anew costs a millisecond or two.
        judged.put("plan_cache_mode", "force_custom_plan");
        // a process that is stopped in the middle of a transaction must not hold its locks until it wakes up
        judged.put("idle_in_transaction_session_timeout", "15000");
        if (statementTimeout.isPositive()) {
            properties.setProperty("socketTimeout", String.valueOf(statementTimeout.toSeconds() + 1));
            judged.put("statement_timeout", String.valueOf(statementTimeout.toMillis()));
        }
        // of a client that lost its power the server must learn soon: it may hold locks
        String keepalives = "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
        return new Sessions(settings, properties, new Sessions.Wishes(judged, keepalives));
    }

    /// What the pool's newest session lacks of what was asked for, in sentences for `/health`; empty while all is in
    /// force, and before the first session.
    public static List<String> warnings(HikariDataSource pool) {
        if (!(pool.getDataSource() instanceof Sessions sessions)) {
            return List.of();
        }
        Sessions.Standing standing = sessions.standing();
        return standing.missing().stream()
                .map(setting -> "PostgreSQL does not have what was asked for: " + setting
                        + (standing.pooled() ? " (a pooler drops it: set it for the role, see docs/deploy.md)" : ""))
                .toList();
    }

    /// After a failover an old connection leads to a server that takes no writes, and answers well otherwise: it would
    /// be kept for half an hour. A new one goes to wherever the address leads by then.
    private static final class LeaveReadOnly implements SQLExceptionOverride {
        private static final String READ_ONLY = "25006";

        @java.lang.Override
        public Override adjudicate(SQLException e) {
            return READ_ONLY.equals(e.getSQLState()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
        }
    }

    public static DSLContext jooq(DataSource source) {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
        Settings settings =
                new Settings().withRenderSchema(false).withExecuteLogging(false).withFetchWarnings(false);
        DSLContext database = DSL.using(source, SQLDialect.POSTGRES, settings);
        database.configuration().set(new Transactions());
        return database;
    }

    private Database() {}
}
