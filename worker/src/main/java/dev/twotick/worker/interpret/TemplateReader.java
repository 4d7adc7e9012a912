package dev.twotick.worker.interpret;

import dev.twotick.worker.interpret.Fact.Effect.TemplateChanged;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what a template's field says of it. Columns that the value does not state are null.
final class TemplateReader {
    private static final String STATUS = "message_template_status_update";
    private static final String COMPONENTS = "message_template_components_update";
    private static final String CATEGORY = "template_category_update";

    private static final Set<String> FIELDS = Set.of(
            STATUS, COMPONENTS, CATEGORY, "message_template_quality_update", "template_correct_category_detection");

    private static final String ID = "message_template_id";
    private static final String NAME = "message_template_name";
    private static final String LANGUAGE = "message_template_language";

    private TemplateReader() {}

    static boolean isTemplate(String field) {
        return FIELDS.contains(field);
    }

    /// Null when the field is not about a template, or the value names none.
    static @Nullable TemplateChanged read(Json.Obj value, String field) {
        String id = value.id(ID);
        if (id == null || !isTemplate(field)) {
            return null;
        }
        boolean reviewed = field.equals(STATUS);
        String status = reviewed ? value.word("event") : null;
        return new TemplateChanged(
                id,
                value.text(NAME),
                value.text(LANGUAGE),
                status,
                status == null ? null : value.text("reason"),
                value.word("new_quality_score"),
                field.equals(CATEGORY) ? newCategory(value) : reviewed ? value.word("message_template_category") : null,
                field.equals(COMPONENTS) ? components(value) : null);
    }

    /// Meta announces a change a day before it makes it, and names what it will be as the correct one.
    private static @Nullable String newCategory(Json.Obj value) {
        return value.get("correct_category") == null ? value.word("new_category") : null;
    }

    private static @Nullable String components(Json.Obj value) {
        Json.Obj components = value.without(ID, NAME, LANGUAGE);
        return components.members().isEmpty() ? null : PostgresText.json(components);
    }
}
