package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What one database's statements cost since [#reset], by `pg_stat_statements`.
///
/// @param batches transactions of the worker's that applied something
/// @param all     the dearest first; BEGIN and COMMIT are not among them
record Statements(long batches, List<One> all) {
    /// What ran for fewer of the batches is a job's of the worker's.
    private static final double NEARLY_EACH = 0.9;

    Statements {
        all = List.copyOf(all);
    }

    /// @param millis planning included
    record One(String text, long calls, double millis, double planMillis, long rows, long wal) {
        /// PostgreSQL's own, where the constraint is deferred to the commit.
        boolean isForeignKey() {
            return text.contains("FROM ONLY") && text.endsWith("FOR KEY SHARE OF x");
        }
    }

    static void reset(Stack stack) {
        stack.number("select 1 from (select pg_stat_statements_reset(0,"
                + " (select oid from pg_database where datname = current_database()), 0)) r");
    }

    static Statements of(Stack stack) {
        var all = new ArrayList<One>();
        long batches = 0;
        try (var connection = stack.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        select query, calls, total_exec_time + total_plan_time, total_plan_time, rows, wal_bytes
                        from pg_stat_statements
                        where dbid = (select oid from pg_database where datname = current_database())
                          and query !~* '^\\s*(begin|commit|rollback|set|show|discard|create|alter|deallocate)\\y'
                          and query !~* '(pg_stat_statements|pg_current_wal_lsn|pg_database_size|pg_catalog.pg_class)'
                          and query !~ '^select count\\(\\*\\) from (message|payload_failure)$'
                        order by 3 desc""")) {
            while (row.next()) {
                var text = row.getString(1).replaceAll("\\s+", " ");
                all.add(new One(
                        text, row.getLong(2), row.getDouble(3), row.getDouble(4), row.getLong(5), row.getLong(6)));
                // each batch that applies something records what became of its payloads
                if (text.matches("(?is).*insert into \\S*payload_outcome\\b.*")) {
                    batches += row.getLong(2);
                }
            }
        } catch (SQLException e) {
            throw new StackFailure("cannot read pg_stat_statements: " + e.getMessage(), e);
        }
        return new Statements(batches, all);
    }

    double callsABatch() {
        return all.stream()
                        .filter(one -> !one.isForeignKey() && one.calls() >= NEARLY_EACH * batches)
                        .mapToLong(One::calls)
                        .sum()
                / (double) batches;
    }

    double millisABatch() {
        return all.stream().mapToDouble(One::millis).sum() / batches;
    }

    /// Events a second, if so many connections did nothing but run these statements, one after the other.
    double perSecond(long events, int connections) {
        return events
                * connections
                * 1e3
                / all.stream().mapToDouble(One::millis).sum();
    }

    /// Where the time goes, one line for each of the dearest.
    List<String> explain(long events) {
        var lines = new ArrayList<String>();
        lines.add("%d batches of %.0f events; for each: %.1f statements, %.1f ms (of these planning %.1f)"
                .formatted(
                        batches,
                        events / (double) batches,
                        callsABatch(),
                        millisABatch(),
                        all.stream().mapToDouble(One::planMillis).sum() / batches));
        lines.add(" calls   ms  plan  rows  WAL/event  (a batch)");
        all.stream()
                .limit(20)
                .map(one -> "%6.1f %5.1f %5.1f %5.0f %9.0f  %s"
                        .formatted(
                                one.calls() / (double) batches,
                                one.millis() / batches,
                                one.planMillis() / batches,
                                one.rows() / (double) batches,
                                one.wal() / (double) events,
                                one.text().substring(0, Math.min(90, one.text().length()))))
                .forEach(lines::add);
        return lines;
    }
}
