package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class HashedIdTest {

    @Test
    void whatWasHashedOnceHasTheSameIdForEver() {
        assertThat(HashedId.of("106540352242922", "wamid.A"))
                .isEqualTo(UUID.fromString("f410cbc7-b932-58e1-125e-c0f28932a997"));
        assertThat(HashedId.of("1", "wa_id", "16505551234"))
                .isEqualTo(UUID.fromString("6b766f80-9495-7257-28de-4c623a5fbc3c"));
        assertThat(HashedId.of("a\0b")).isEqualTo(HashedId.of("a", "b"));
    }
}
