package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A run that is to prove something of one PostgreSQL (`-Dtwotick.test.postgres=15`) has that one and no other.
@WithStores
@Tag("postgres15")
class ServerVersionTest {

    @Test
    void theTestsRunOnThePostgresqlThatWasAskedFor(Stores stores) throws Exception {
        Integer asked = Integer.getInteger("twotick.test.postgres");
        assumeTrue(asked != null, "none was asked for");
        try (Connection connection = stores.connect()) {
            assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(asked);
        }
    }
}
