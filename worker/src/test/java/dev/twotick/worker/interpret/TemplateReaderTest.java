package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.WABA;
import static dev.twotick.worker.interpret.Bodies.notice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.interpret.Fact.Effect.TemplateChanged;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateReaderTest {
    private static final String NAMED = "\"message_template_id\":278077987957091,"
            + "\"message_template_name\":\"welcome\",\"message_template_language\":\"en-US\"";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            message_template_status_update      | "event":"REJECTED","reason":"ABUSIVE_CONTENT"              | REJECTED | ABUSIVE_CONTENT | NULL | NULL      | NULL
            message_template_status_update      | "event":"APPROVED","reason":null                           | APPROVED | NULL            | NULL | NULL      | NULL
            message_template_status_update      | "event":"APPROVED","message_template_category":"UTILITY"   | APPROVED | NULL            | NULL | UTILITY   | NULL
            message_template_status_update      | "reason":"of nothing"                                      | NULL     | NULL            | NULL | NULL      | NULL
            message_template_quality_update     | "previous_quality_score":"GREEN","new_quality_score":"RED" | NULL     | NULL            | RED  | NULL      | NULL
            template_category_update            | "previous_category":"UTILITY","new_category":"MARKETING"   | NULL     | NULL            | NULL | MARKETING | NULL
            template_category_update            | "new_category":"UTILITY","correct_category":"MARKETING"    | NULL     | NULL            | NULL | NULL      | NULL
            template_correct_category_detection | "category":"MARKETING","correct_category":"UTILITY"        | NULL     | NULL            | NULL | NULL      | NULL
            message_template_components_update  | "message_template_element":"Hi"                            | NULL     | NULL            | NULL | NULL      | {"message_template_element":"Hi"}
            """)
    void onlyWhatTheFieldStatesChanges(
            String field,
            String members,
            String status,
            String reason,
            String quality,
            String category,
            String components) {
        Fact.Noticed notice = notice(field, "{" + NAMED + "," + members + "}");

        assertThat(notice.effect())
                .isEqualTo(new TemplateChanged(
                        "278077987957091", "welcome", "en-US", status, reason, quality, category, components));
        assertThat(notice.item().account().phoneNumberId().value()).isEqualTo("waba:" + WABA);
        assertThat(notice.item().key()).startsWith("undated:");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            9007199254740993    | 9007199254740993
            12345678901234567   | 12345678901234567
            "12345678901234567" | 12345678901234567
            1e15                | NULL
            1.5                 | NULL
            null                | NULL
            """)
    void theIdIsTextAndKeepsEveryDigit(String id, String read) {
        Fact.Noticed notice =
                notice("message_template_status_update", "{\"message_template_id\":" + id + ",\"event\":\"PAUSED\"}");

        assertThat(notice.effect())
                .isEqualTo(
                        read == null ? null : new TemplateChanged(read, null, null, "PAUSED", null, null, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"account_alerts", "tomorrows_template_field"})
    void anotherFieldIsAboutNoTemplate(String field) {
        assertThat(notice(field, "{" + NAMED + ",\"event\":\"PAUSED\"}").effect())
                .isNull();
    }

    @Test
    void theValueIsKeptAsItCame() {
        String value = "{" + NAMED + ", \"event\":\"PAUSED\", \"tomorrow\":1.10}";

        assertThat(notice("message_template_status_update", value).item().raw()).isEqualTo(value);
    }
}
