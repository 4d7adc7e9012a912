package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Where `listen` finds its port.
class ListenTest {
    @Test
    void aHookUrlOfThisMachineSaysThePort() {
        assertThat(Listen.portOnThisMachine("http://localhost:3000/hook")).isEqualTo(Optional.of(3000));
        assertThat(Listen.portOnThisMachine("http://127.0.0.1/")).isEqualTo(Optional.of(80));
        assertThat(Listen.portOnThisMachine("http://[::1]:4000/")).isEqualTo(Optional.of(4000));
        assertThat(Listen.portOnThisMachine("https://crm.example/hook")).isEmpty();
        assertThat(Listen.portOnThisMachine("none")).isEmpty();
        assertThat(Listen.portOnThisMachine("")).isEmpty();
    }
}
