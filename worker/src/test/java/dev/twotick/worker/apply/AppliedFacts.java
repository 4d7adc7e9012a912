package dev.twotick.worker.apply;

import dev.twotick.stores.Stores;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// Tests of what is in the database when facts have been applied, each from an empty one.
public abstract class AppliedFacts {
    public static TestApplier twotick;

    @BeforeAll
    public static void open(Stores stores) {
        twotick = new TestApplier(stores);
    }

    @AfterAll
    public static void close() {
        twotick.close();
    }

    @BeforeEach
    public void empty() {
        twotick.empty();
    }
}
