package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.TEMPLATE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Fact.Effect.TemplateChanged;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/// Table `template`: what each template is now. Meta tells of its status, quality, category and text in fields
/// of their own; each of these groups of columns has its own latest statement.
final class Templates {

    record Change(long accountId, TemplateChanged effect, Stamp stamp) {
        Key key() {
            return new Key(accountId, effect.templateId());
        }
    }

    record Key(long accountId, String templateId) {}

    private static final List<Group> GROUPS = List.of(
            new Group(
                    TEMPLATE.NAMED_AT,
                    TEMPLATE.NAMED_DIGEST,
                    e -> e.name() != null || e.language() != null,
                    List.of(
                            new Column<>(TEMPLATE.NAME, TemplateChanged::name),
                            new Column<>(TEMPLATE.LANGUAGE, TemplateChanged::language))),
            new Group(
                    TEMPLATE.STATUS_AT,
                    TEMPLATE.STATUS_DIGEST,
                    e -> e.status() != null,
                    List.of(
                            new Column<>(TEMPLATE.STATUS, TemplateChanged::status),
                            new Column<>(TEMPLATE.REASON, TemplateChanged::reason))),
            new Group(
                    TEMPLATE.QUALITY_AT,
                    TEMPLATE.QUALITY_DIGEST,
                    e -> e.quality() != null,
                    List.of(new Column<>(TEMPLATE.QUALITY, TemplateChanged::quality))),
            new Group(
                    TEMPLATE.CATEGORY_AT,
                    TEMPLATE.CATEGORY_DIGEST,
                    e -> e.category() != null,
                    List.of(new Column<>(TEMPLATE.CATEGORY, TemplateChanged::category))),
            new Group(
                    TEMPLATE.COMPONENTS_AT,
                    TEMPLATE.COMPONENTS_DIGEST,
                    e -> e.components() != null,
                    List.of(new Column<>(TEMPLATE.COMPONENTS, e -> JSON.jsonOrNull(e.components())))));

    /// Columns that are stated together.
    private record Group(
            TableField<?, Instant> at,
            TableField<?, byte[]> digest,
            Function<TemplateChanged, Boolean> stated,
            List<Column<?>> columns) {

        void in(Unnest<List<Change>> n, Merge merge) {
            n.with(at, all -> part(all, c -> c.stamp().at()))
                    .with(digest, all -> part(all, c -> c.stamp().digest()));
            columns.forEach(column -> with(n, column));
            merge.latest(at, digest, columns.stream().map(Column::field).toArray(Field[]::new));
        }

        private <V> void with(Unnest<List<Change>> n, Column<V> column) {
            n.with(column.field(), all -> part(all, c -> column.value().apply(c.effect())));
        }

        /// Of the latest of these changes that states this group.
        private <V> @Nullable V part(List<Change> all, Function<Change, @Nullable V> value) {
            return all.stream()
                    .filter(c -> stated.apply(c.effect()))
                    .reduce((one, other) -> Stamp.later(one, other, Change::stamp))
                    .map(value)
                    .orElse(null);
        }
    }

    private record Column<V>(TableField<?, V> field, Function<TemplateChanged, @Nullable V> value) {}

    static void change(DSLContext tx, Collection<Change> changes) {
        Map<Key, List<Change>> byTemplate = new LinkedHashMap<>();
        changes.forEach(
                c -> byTemplate.computeIfAbsent(c.key(), k -> new ArrayList<>()).add(c));
        Unnest<List<Change>> n = Unnest.of(byTemplate.values())
                .with(TEMPLATE.ACCOUNT_ID, all -> all.getFirst().accountId())
                .with(TEMPLATE.TEMPLATE_ID, all -> all.getFirst().effect().templateId());
        Merge merge = new Merge();
        GROUPS.forEach(group -> group.in(n, merge));
        merge.write(tx, TEMPLATE, n, TEMPLATE.ACCOUNT_ID, TEMPLATE.TEMPLATE_ID);
    }

    private Templates() {}
}
