package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.time.Instant;
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
        if (fact instanceof Fact.Noticed) {
            assertThat(fact.item().key().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(1_000);
        }
        allTextIsFit(fact);
    }

    private static void allTextIsFit(@Nullable Object part) {
        if (part instanceof String text) {
            assertThat(PostgresText.isFit(text)).as("text fit for PostgreSQL").isTrue();
        } else if (part instanceof Instant time) {
            assertThat(time).isBetween(Instant.parse("2009-01-01T00:00:00Z"), Instant.parse("2100-01-08T00:00:00Z"));
        } else if (part instanceof Record) {
            if (part instanceof Person(String waId, String userId, String parentUserId, _, _, _)) {
                idsFitOneKey(waId, userId, parentUserId);
            }
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

    private static void idsFitOneKey(@Nullable String... ids) {
        for (String id : ids) {
            if (id != null) {
                assertThat(id.getBytes(UTF_8)).isNotEmpty().hasSizeLessThanOrEqualTo(512);
            }
        }
    }
}
