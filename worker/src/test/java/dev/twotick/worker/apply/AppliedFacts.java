package dev.twotick.worker.apply;

import dev.twotick.stores.Stores;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// Tests of what is in the database when facts have been applied, each from an empty one.
abstract class AppliedFacts {
    static TestApplier twotick;

    @BeforeAll
    static void open(Stores stores) {
        twotick = new TestApplier(stores);
    }

    @AfterAll
    static void close() {
        twotick.close();
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }
}
