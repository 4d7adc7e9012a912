package dev.twotick.db;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Many rows in one statement whose text is a constant: for those few that every batch sends. A connection prepares it
/// once, nothing is rendered, and numbers, texts and bytes travel as they are.
///
/// ```java
/// RowStatement.of("delete from call using unnest(?::bigint[]) as n (id) where call.id = n.id", calls)
///         .longs(Call::id)
///         .execute(tx)
/// ```
///
/// Its parameters are columns of the rows, in order, and single values. The end of a column that is null from there on
/// is left out, since `unnest` of several fills it up: so a column that few rows have costs as much as they do, if they
/// come first.
///
/// [Unnest] does the same for statements that jOOQ spells.
public final class RowStatement<T> {
    private String sql;
    private final List<RowReader<?>> before = new ArrayList<>();
    private final Collection<T> rows;
    private final List<Parameter> parameters = new ArrayList<>();

    /// Puts itself into a statement.
    @FunctionalInterface
    private interface Parameter {
        void set(PreparedStatement statement, int index) throws SQLException;
    }

    /// Makes something of a row of the answer.
    @FunctionalInterface
    public interface RowReader<R> {
        R read(ResultSet row) throws SQLException;
    }

    private RowStatement(String sql, Collection<T> rows) {
        this.sql = sql;
        this.rows = rows;
    }

    public static <T> RowStatement<T> of(String sql, Collection<T> rows) {
        return new RowStatement<>(sql, rows);
    }

    /// The parameters of a part of a statement: see [#with].
    public static <T> RowStatement<T> part(Collection<T> rows) {
        return new RowStatement<>("", rows);
    }

    public String sql() {
        return sql;
    }

    /// The parameters of another statement, which is a part of this one's text, come next.
    public RowStatement<T> with(RowStatement<?> part) {
        parameters.addAll(part.parameters);
        return this;
    }

    /// What goes before it in the same trip, without parameters, its answer skipped. Each statement begins when the one
    /// before it has ended, and sees what was committed until then.
    public RowStatement<T> after(String statement) {
        return after(of(statement, List.of()));
    }

    /// Likewise, with its parameters.
    public RowStatement<T> after(RowStatement<?> statement) {
        return after(statement, row -> row);
    }

    /// Likewise, and its answer is read before this one's own. The driver sends all before it reads anything: let
    /// what is answered before the last parameters are sent be a few kilobytes, or both sides wait for ever.
    public RowStatement<T> after(RowStatement<?> statement, RowReader<?> reader) {
        sql = statement.sql + "; " + sql;
        parameters.addAll(0, statement.parameters);
        before.addFirst(reader);
        before.addAll(0, statement.before);
        return this;
    }

    /// Ends the transaction in the same trip, unless it fails: then nothing is committed. Nothing may follow it there.
    public RowStatement<T> andCommit() {
        sql += "; commit";
        return this;
    }

    public RowStatement<T> longs(Function<? super T, @Nullable Long> value) {
        return column("int8", Long[]::new, value);
    }

    public RowStatement<T> ints(Function<? super T, @Nullable Integer> value) {
        return column("int4", Integer[]::new, value);
    }

    public RowStatement<T> doubles(Function<? super T, @Nullable Double> value) {
        return column("float8", Double[]::new, value);
    }

    public RowStatement<T> flags(Function<? super T, @Nullable Boolean> value) {
        return column("bool", Boolean[]::new, value);
    }

    public RowStatement<T> texts(Function<? super T, @Nullable String> value) {
        return column("text", String[]::new, value);
    }

    public RowStatement<T> bytes(Function<? super T, byte @Nullable []> value) {
        return column("bytea", byte[][]::new, value);
    }

    public RowStatement<T> uuids(Function<? super T, @Nullable UUID> value) {
        return column(UUID[]::new, value, (statement, index, sent) -> statement.setObject(index, BinaryArray.of(sent)));
    }

    public RowStatement<T> times(Function<? super T, @Nullable Instant> value) {
        return column(
                Instant[]::new, value, (statement, index, sent) -> statement.setObject(index, BinaryArray.of(sent)));
    }

    /// A single value.
    public RowStatement<T> value(@Nullable Object value) {
        parameters.add((statement, index) -> statement.setObject(index, value));
        return this;
    }

    private <V> RowStatement<T> column(
            String type, IntFunction<@Nullable V[]> array, Function<? super T, ? extends @Nullable V> value) {
        return column(array, value, (statement, index, sent) -> {
            Array made = statement.getConnection().createArrayOf(type, sent);
            statement.setArray(index, made);
        });
    }

    @FunctionalInterface
    private interface Sender<V> {
        void set(PreparedStatement statement, int index, @Nullable V[] sent) throws SQLException;
    }

    private <V> RowStatement<T> column(
            IntFunction<@Nullable V[]> array, Function<? super T, ? extends @Nullable V> value, Sender<V> sender) {
        @Nullable V[] values = array.apply(rows.size());
        int row = 0;
        int length = 0;
        for (T one : rows) {
            V said = value.apply(one);
            values[row++] = said;
            if (said != null) {
                length = row;
            }
        }
        @Nullable V[] sent = length == values.length ? values : Arrays.copyOf(values, length);
        parameters.add((statement, index) -> sender.set(statement, index, sent));
        return this;
    }

    /// @return how many rows it wrote
    public int execute(DSLContext tx) {
        return run(tx, PreparedStatement::getUpdateCount);
    }

    /// @return its answer, a row each
    public <R> List<R> fetch(DSLContext tx, RowReader<R> reader) {
        return run(tx, statement -> read(statement, reader));
    }

    private static <R> List<R> read(PreparedStatement statement, RowReader<R> reader) throws SQLException {
        List<R> read = new ArrayList<>();
        try (ResultSet answer = statement.getResultSet()) {
            while (answer != null && answer.next()) {
                read.add(reader.read(answer));
            }
        }
        return read;
    }

    @FunctionalInterface
    private interface Answer<R> {
        R of(PreparedStatement statement) throws SQLException;
    }

    private <R> R run(DSLContext tx, Answer<R> answer) {
        return tx.connectionResult(connection -> {
            try (PreparedStatement statement = prepared(connection)) {
                statement.execute();
                for (RowReader<?> reader : before) {
                    read(statement, reader);
                    statement.getMoreResults();
                }
                return answer.of(statement);
            }
        });
    }

    private PreparedStatement prepared(Connection connection) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.size(); i++) {
            parameters.get(i).set(statement, i + 1);
        }
        return statement;
    }

    /// A `timestamptz` of an answer.
    public static @Nullable Instant time(ResultSet row, int column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    /// A `bigint` of an answer that may be null.
    public static @Nullable Long longOrNull(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
