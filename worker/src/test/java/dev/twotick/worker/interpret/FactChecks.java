package dev.twotick.worker.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/// What is true of every fact, whatever it was read from.
final class FactChecks {

    private FactChecks() {}

    static void fitForTheDatabase(Fact fact) {
        assertThat(fact.item().digest()).hasSize(16);
        assertThat(fact.item().path()).hasSizeLessThan(200);
        assertThat(fact.item().key()).hasSizeLessThan(1_800);
        assertThat(PostgresText.cleanEscapes(fact.item().raw()))
                .isEqualTo(fact.item().raw());
        assertThat(JsonReader.read(fact.item().raw())).isNotNull();
        allTextIsFit(fact);
    }

    private static void allTextIsFit(@Nullable Object part) {
        if (part instanceof String text) {
            assertThat(PostgresText.isFit(text)).as("text fit for PostgreSQL").isTrue();
        } else if (part instanceof Record) {
            for (RecordComponent component : part.getClass().getRecordComponents()) {
                try {
                    component.getAccessor().setAccessible(true);
                    allTextIsFit(component.getAccessor().invoke(part));
                } catch (ReflectiveOperationException e) {
                    throw new LinkageError("a record without accessors", e);
                }
            }
        }
    }
}
