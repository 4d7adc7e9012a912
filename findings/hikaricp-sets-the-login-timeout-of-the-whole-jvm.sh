#!/usr/bin/env bash
# HikariCP hands its own connectionTimeout to java.sql.DriverManager, whose login time-out is one for the whole JVM: once
# a pool with a JDBC URL exists, every other DriverManager.getConnection, of any driver and any database, gives up after
# that pool's time too. A second pool overwrites the first one's. With a DataSource instead of a URL it does not happen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for artifact in com.zaxxer:HikariCP:7.1.0 org.postgresql:postgresql:42.7.14 org.slf4j:slf4j-api:2.0.17; do
  mvn -q -B dependency:copy -Dartifact=$artifact -DoutputDirectory="$folder/lib" >/dev/null 2>&1 || { echo "cannot get $artifact"; exit 2; }
done
cat > "$folder/Login.java" <<'JAVA'
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.DriverManager;
import org.postgresql.ds.PGSimpleDataSource;

public class Login {
    public static void main(String[] arguments) {
        System.out.println("before any pool: DriverManager.getLoginTimeout() = " + DriverManager.getLoginTimeout());
        HikariConfig byDataSource = lazy(7_000);
        byDataSource.setDataSource(new PGSimpleDataSource());
        int after;
        try (HikariDataSource pool = new HikariDataSource(byDataSource)) {
            after = DriverManager.getLoginTimeout();
            System.out.println("a pool on a DataSource, connectionTimeout 7 s: " + after);
        }
        HikariConfig byUrl = lazy(1_000);
        byUrl.setJdbcUrl("jdbc:postgresql://localhost:1/nothing");
        try (HikariDataSource pool = new HikariDataSource(byUrl)) {
            System.out.println("a pool on a URL, connectionTimeout 1 s: " + DriverManager.getLoginTimeout());
        }
        System.out.println("that pool is closed: " + DriverManager.getLoginTimeout());
        System.exit(after == 0 && DriverManager.getLoginTimeout() == 1 ? 0 : 1);
    }

    private static HikariConfig lazy(long timeout) {
        HikariConfig config = new HikariConfig();
        config.setInitializationFailTimeout(-1);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(timeout);
        return config;
    }
}
JAVA
echo 'HikariCP 7.1.0, postgresql 42.7.14'
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$folder/lib/*" "$folder/Login.java" 2>/dev/null
