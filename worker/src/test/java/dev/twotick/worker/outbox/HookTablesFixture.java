package dev.twotick.worker.outbox;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// Tests on [HookTables], which are empty before each.
@WithStores
public abstract class HookTablesFixture {
    protected static HookTables tables;

    protected final HookSettings settings = HookTables.settings();

    @BeforeAll
    static void migrate(Stores stores) {
        tables = new HookTables(stores);
    }

    @AfterAll
    static void closePool() {
        tables.close();
    }

    @BeforeEach
    void clear() {
        tables.clear();
    }
}
