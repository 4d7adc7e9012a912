package dev.twotick.db.payloadlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.stores.PostgresWire;
import dev.twotick.stores.PostgresWire.Sent;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class PayloadLogRowsTest {
    private static final Instant AT = Instant.parse("2026-11-29T12:00:00.123456Z");

    private final Stores stores;

    PayloadLogRowsTest(Stores stores) {
        this.stores = stores;
    }

    @Test
    void oneAloneTakesOneTripAndIsKeptAsOneOfMany() throws Exception {
        try (var wire = new PostgresWire(stores.jdbcUrl());
                var pool = Database.pool(
                        new DatabaseSettings(wire.jdbcUrl(), stores.user(), stores.password()),
                        "test",
                        1,
                        Duration.ZERO)) {
            Migrations.migrate(pool);
            try (var connection = pool.getConnection()) {
                for (int turn = 0; turn < 7; turn++) { // from the fifth on the statement has a name
                    wire.sent();
                    PayloadLogRows.append(connection, List.of(payload()));
                    assertThat(wire.sent()).isEqualTo(new Sent(1, 1));
                }
                PayloadLogRows.append(connection, List.of(payload(), payload()));
                assertThat(rows(connection)).isEqualTo("9 rows, 1 alike");
            }
        }
    }

    private static SignedPayload payload() {
        byte[] body = "{\"text\": \"\u00e4\\u0000\"}".getBytes(StandardCharsets.UTF_8);
        return SignedPayload.received(AT, body, new byte[] {0, -1}, "app");
    }

    private static String rows(Connection connection) throws Exception {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) || ' rows, '"
                        + " || count(distinct (received_at, body, signature, app)) || ' alike' from payload_log")) {
            row.next();
            return row.getString(1);
        }
    }
}
