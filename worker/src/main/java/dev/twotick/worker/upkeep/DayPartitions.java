package dev.twotick.worker.upkeep;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/// The partitions of a table, one a day, named `<table>_YYYYMMDD`; and how to drop one while others read and write its
/// neighbours. Speaks JDBC: `DETACH … CONCURRENTLY` runs outside of any transaction.
final class DayPartitions {
    /// For a lock, with others waiting behind us.
    private static final int LONGEST_WAIT_S = 5;

    private final DataSource pool;

    DayPartitions(DataSource pool) {
        this.pool = pool;
    }

    private enum Link {
        ATTACHED,
        /// a detach was cut off in the middle
        PENDING,
        /// a drop was cut off before its end
        NONE
    }

    record Day(String table, LocalDate day) {
        String partition() {
            return table + "_" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
        }
    }

    /// Oldest first, those included that an earlier drop left half done.
    List<Day> before(String table, LocalDate end) throws SQLException {
        List<Day> days = new ArrayList<>();
        try (Connection connection = pool.getConnection();
                PreparedStatement question = connection.prepareStatement("""
                        select relname from pg_class
                        where relkind = 'r' and relname ~ ('^' || ? || '_[0-9]{8}$')
                          and relnamespace = (select relnamespace from pg_class where oid = ?::regclass)
                        order by relname
                        """)) {
            question.setString(1, table);
            question.setString(2, table);
            try (ResultSet found = question.executeQuery()) {
                while (found.next()) {
                    String name = found.getString(1);
                    parse(name.substring(table.length() + 1))
                            .filter(day -> day.isBefore(end))
                            .ifPresent(day -> days.add(new Day(table, day)));
                }
            }
        }
        return days;
    }

    /// Sets nothing for the session, which behind a pooler others are given next.
    void drop(Day day) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            String alter = "alter table " + day.table() + " detach partition " + day.partition();
            Link link = link(statement, day);
            if (link == Link.ATTACHED) {
                statement.setQueryTimeout(LONGEST_WAIT_S); // cut off, it is PENDING the next time
                statement.execute(alter + " concurrently");
                statement.setQueryTimeout(0);
            }
            connection.setAutoCommit(false);
            statement.execute("set local lock_timeout = '" + LONGEST_WAIT_S + "s'");
            if (link == Link.PENDING) {
                statement.execute(alter + " finalize");
            }
            statement.execute("drop table " + day.partition());
            connection.commit();
        }
    }

    private static Link link(Statement statement, Day day) throws SQLException {
        try (ResultSet link = statement.executeQuery("select inhdetachpending from pg_inherits where inhrelid = '"
                + day.partition() + "'::regclass and inhparent = '" + day.table() + "'::regclass")) {
            if (!link.next()) {
                return Link.NONE;
            }
            return link.getBoolean(1) ? Link.PENDING : Link.ATTACHED;
        }
    }

    private static Optional<LocalDate> parse(String yyyymmdd) {
        try {
            return Optional.of(LocalDate.parse(yyyymmdd, DateTimeFormatter.BASIC_ISO_DATE));
        } catch (DateTimeParseException e) {
            return Optional.empty(); // not one of ours
        }
    }
}
