package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.TEMPLATE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.apply.Group.Column;
import dev.twotick.worker.apply.Group.Statement;
import dev.twotick.worker.interpret.Fact.Effect.TemplateChanged;
import java.util.Collection;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.JSON;

/// Table `template`: what each template is now. Meta tells of its status, quality, category and text in fields
/// of their own; each of these groups of columns has its own latest statement.
final class Templates {

    private static final List<Group<TemplateChanged>> GROUPS = List.of(
            new Group<>(
                    TEMPLATE.NAMED_AT,
                    TEMPLATE.NAMED_DIGEST,
                    e -> e.name() != null || e.language() != null,
                    null,
                    List.of(
                            new Column<>(TEMPLATE.NAME, TemplateChanged::name),
                            new Column<>(TEMPLATE.LANGUAGE, TemplateChanged::language))),
            new Group<>(
                    TEMPLATE.STATUS_AT,
                    TEMPLATE.STATUS_DIGEST,
                    e -> e.status() != null,
                    null,
                    List.of(
                            new Column<>(TEMPLATE.STATUS, TemplateChanged::status),
                            new Column<>(TEMPLATE.REASON, TemplateChanged::reason))),
            new Group<>(
                    TEMPLATE.QUALITY_AT,
                    TEMPLATE.QUALITY_DIGEST,
                    e -> e.quality() != null,
                    null,
                    List.of(new Column<>(TEMPLATE.QUALITY, TemplateChanged::quality))),
            new Group<>(
                    TEMPLATE.CATEGORY_AT,
                    TEMPLATE.CATEGORY_DIGEST,
                    e -> e.category() != null,
                    null,
                    List.of(new Column<>(TEMPLATE.CATEGORY, TemplateChanged::category))),
            new Group<>(
                    TEMPLATE.COMPONENTS_AT,
                    TEMPLATE.COMPONENTS_DIGEST,
                    e -> e.components() != null,
                    null,
                    List.of(new Column<>(TEMPLATE.COMPONENTS, e -> JSON.jsonOrNull(e.components())))));

    static void change(DSLContext tx, Collection<Statement<TemplateChanged>> changes) {
        Unnest<List<Statement<TemplateChanged>>> n = Unnest.of(Group.byRow(changes, TemplateChanged::templateId))
                .with(TEMPLATE.ACCOUNT_ID, all -> all.getFirst().accountId())
                .with(TEMPLATE.TEMPLATE_ID, all -> all.getFirst().effect().templateId());
        Merge merge = new Merge();
        GROUPS.forEach(group -> group.in(n, merge));
        merge.write(tx, TEMPLATE, n, TEMPLATE.ACCOUNT_ID, TEMPLATE.TEMPLATE_ID);
    }

    private Templates() {}
}
