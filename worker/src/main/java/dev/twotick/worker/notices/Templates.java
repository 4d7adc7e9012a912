package dev.twotick.worker.notices;

import static dev.twotick.db.schema.Tables.TEMPLATE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ColumnGroup;
import dev.twotick.worker.batch.ColumnGroup.Column;
import dev.twotick.worker.batch.ColumnGroup.Statement;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.Effect.TemplateChanged;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jooq.DSLContext;
import org.jooq.JSON;
import org.jspecify.annotations.Nullable;

/// Table `template`: what each template is now. Meta tells of its status, quality, category and text in fields
/// of their own; each of these groups of columns has its own latest statement, of one second the one further on.
final class Templates {

    private static final List<ColumnGroup<TemplateChanged>> GROUPS = List.of(
            new ColumnGroup<>(
                    TEMPLATE.NAMED_AT,
                    TEMPLATE.NAMED_DIGEST,
                    e -> e.name() != null || e.language() != null,
                    null,
                    List.of(
                            new Column<>(TEMPLATE.NAME, TemplateChanged::name),
                            new Column<>(TEMPLATE.LANGUAGE, TemplateChanged::language))),
            new ColumnGroup<>(
                    TEMPLATE.STATUS_AT,
                    TEMPLATE.STATUS_DIGEST,
                    e -> e.status() != null,
                    e -> statusRank(e.status()),
                    List.of(
                            new Column<>(TEMPLATE.STATUS, TemplateChanged::status),
                            new Column<>(TEMPLATE.REASON, TemplateChanged::reason))),
            new ColumnGroup<>(
                    TEMPLATE.QUALITY_AT,
                    TEMPLATE.QUALITY_DIGEST,
                    e -> e.quality() != null,
                    e -> "UNKNOWN".equalsIgnoreCase(e.quality()) ? 0 : 1, // not rated yet
                    List.of(new Column<>(TEMPLATE.QUALITY, TemplateChanged::quality))),
            new ColumnGroup<>(
                    TEMPLATE.CATEGORY_AT,
                    TEMPLATE.CATEGORY_DIGEST,
                    e -> e.category() != null,
                    e -> e.status() == null ? 1 : 0, // a change of it, over a review that mentions it
                    List.of(new Column<>(TEMPLATE.CATEGORY, TemplateChanged::category))),
            new ColumnGroup<>(
                    TEMPLATE.COMPONENTS_AT,
                    TEMPLATE.COMPONENTS_DIGEST,
                    e -> e.components() != null,
                    null,
                    List.of(new Column<>(TEMPLATE.COMPONENTS, e -> JSON.jsonOrNull(e.components())))));

    static void change(DSLContext tx, Collection<Statement<TemplateChanged>> changes) {
        Unnest<List<Statement<TemplateChanged>>> n = Unnest.of(ColumnGroup.byRow(changes, TemplateChanged::templateId))
                .with(TEMPLATE.ACCOUNT_ID, all -> all.getFirst().accountId())
                .with(TEMPLATE.TEMPLATE_ID, all -> all.getFirst().effect().templateId());
        RowMerge merge = new RowMerge();
        GROUPS.forEach(group -> group.in(n, merge));
        merge.write(tx, TEMPLATE, n, TEMPLATE.ACCOUNT_ID, TEMPLATE.TEMPLATE_ID);
    }

    /// How far a template has come by this word, of those that Meta may tell of in one second.
    private static int statusRank(@Nullable String word) {
        return switch (word == null ? "" : word.toUpperCase(Locale.ROOT)) {
            case "PENDING", "IN_APPEAL" -> 0;
            case "APPROVED", "REJECTED", "REINSTATED" -> 1;
            case "FLAGGED", "PAUSED", "LIMIT_EXCEEDED", "LOCKED" -> 3;
            case "DISABLED", "ARCHIVED" -> 4;
            case "PENDING_DELETION" -> 5;
            case "DELETED" -> 6;
            default -> 2; // tomorrow's
        };
    }

    private Templates() {}
}
