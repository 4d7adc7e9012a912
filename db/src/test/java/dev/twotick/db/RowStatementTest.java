package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class RowStatementTest {
    private static final String ECHO = """
            select coalesce(n.id::text, '-') || ' ' || coalesce((n.at at time zone 'UTC')::text, '-')
            from unnest(?::uuid[], ?::timestamptz[]) with ordinality as n (id, at, nth) order by n.nth
            """;
    private static final UUID ID = UUID.fromString("f1c3e5a7-0000-7000-8000-00000000000f");

    private record Row(@Nullable UUID id, @Nullable Instant at) {}

    private final Stores stores;

    RowStatementTest(Stores stores) {
        this.stores = stores;
    }

    @Test
    void idsAndTimesArriveAsTheyAre() {
        var rows = List.of(
                new Row(ID, Instant.parse("2026-11-29T12:00:00.123456Z")),
                new Row(null, Instant.parse("1969-12-31T23:59:59.999999Z")),
                new Row(new UUID(-1, 0), Instant.parse("2026-11-29T12:00:00.0000006Z")),
                new Row(ID, Instant.parse("0001-01-01T00:00:00Z")),
                new Row(ID, null));
        var read = List.of(
                ID + " 2026-11-29 12:00:00.123456",
                "- 1969-12-31 23:59:59.999999",
                "ffffffff-ffff-ffff-0000-000000000000 2026-11-29 12:00:00.000001",
                ID + " 0001-01-01 00:00:00",
                ID + " -");
        var database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (HikariDataSource pool = Database.pool(database, "test", 1, Duration.ZERO)) {
            for (int turn = 0; turn < 7; turn++) { // from the fifth on the statement has a name
                assertThat(echo(Database.jooq(pool), rows)).isEqualTo(read);
            }
            assertThat(echo(Database.jooq(pool), List.of())).isEmpty();
            assertThat(echo(Database.jooq(pool), Arrays.asList(new Row(null, null), new Row(null, null))))
                    .isEmpty(); // columns of nulls are left out
        }
    }

    @Test
    void overAConnectionOfSomebodyElsesTheyGoAsText() throws Exception {
        try (var connection = stores.connect()) {
            DSLContext theirs = DSL.using(connection, SQLDialect.POSTGRES);
            assertThat(echo(theirs, List.of(new Row(null, Instant.EPOCH), new Row(ID, Instant.EPOCH))))
                    .containsExactly("- 1970-01-01 00:00:00", ID + " 1970-01-01 00:00:00");
        }
    }

    private static List<String> echo(DSLContext database, List<Row> rows) {
        return new ArrayList<>(
                RowStatement.of(ECHO, rows).uuids(Row::id).times(Row::at).fetch(database, row -> row.getString(1)));
    }
}
