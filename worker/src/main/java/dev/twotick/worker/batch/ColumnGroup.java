package dev.twotick.worker.batch;

import dev.twotick.db.Unnest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jooq.Field;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/// Columns that are stated together, of a row that Meta tells of piece by piece: each group of them has its own latest
/// statement.
///
/// @param stated whether an effect says anything of this group
/// @param rank   the order of its words, see [Precedence#ranked]; null where they have none
public record ColumnGroup<E>(
        TableField<?, Instant> at,
        TableField<?, byte[]> digest,
        Predicate<E> stated,
        @Nullable ToIntFunction<E> rank,
        List<Column<E, ?>> columns) {

    public record Column<E, V>(TableField<?, V> field, Function<E, @Nullable V> value) {}

    /// What one item says of a row.
    public record Statement<E>(long accountId, E effect, Precedence precedence) {}

    /// What a batch says, row by row.
    public static <E> Collection<List<Statement<E>>> byRow(
            Collection<Statement<E>> statements, Function<E, String> id) {
        record Key(long accountId, String id) {}
        Map<Key, List<Statement<E>>> rows = new LinkedHashMap<>();
        statements.forEach(s -> rows.computeIfAbsent(
                        new Key(s.accountId(), id.apply(s.effect())), k -> new ArrayList<>())
                .add(s));
        return rows.values();
    }

    public void in(Unnest<List<Statement<E>>> n, RowMerge merge) {
        n.with(at, all -> part(all, s -> s.precedence().at()))
                .with(digest, all -> part(all, s -> precedence(s).digest()));
        columns.forEach(column -> with(n, column));
        merge.latest(at, digest, columns.stream().map(Column::field).toArray(Field[]::new));
    }

    private <V> void with(Unnest<List<Statement<E>>> n, Column<E, V> column) {
        n.with(column.field(), all -> part(all, s -> column.value().apply(s.effect())));
    }

    /// Of the latest of these that states this group.
    private <V> @Nullable V part(List<Statement<E>> all, Function<Statement<E>, @Nullable V> value) {
        return all.stream()
                .filter(s -> stated.test(s.effect()))
                .reduce((one, other) -> Precedence.later(one, other, this::precedence))
                .map(value)
                .orElse(null);
    }

    private Precedence precedence(Statement<E> statement) {
        Precedence precedence = statement.precedence();
        return rank == null ? precedence : precedence.ranked(rank.applyAsInt(statement.effect()));
    }
}
