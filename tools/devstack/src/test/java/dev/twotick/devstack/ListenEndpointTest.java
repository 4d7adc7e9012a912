package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `listen` says to the worker's command, in whose place a script stands.
class ListenEndpointTest {
    @TempDir
    Path folder;

    @Test
    void itIsThereFromTheBeginToTheEnd() throws Exception {
        var worker = worker("echo added; echo whsec_c2VjcmV0");
        try (var endpoint = ListenEndpoint.add(worker, Map.of(), 3000)) {
            assertThat(endpoint.secret()).isEqualTo("whsec_c2VjcmV0");
            assertThat(said()).containsExactly("endpoint add listen-3000 http://localhost:3000/");
        }
        assertThat(said()).last().isEqualTo("endpoint remove listen-3000 --yes");
    }

    @Test
    void oneThatAKilledListenLeftIsReplaced() throws Exception {
        var worker = worker("[ \"$2\" = remove ] && touch gone; [ -e gone ] || exit 1; echo whsec_c2VjcmV0");
        ListenEndpoint.add(worker, Map.of(), 3000);
        assertThat(said())
                .containsExactly(
                        "endpoint add listen-3000 http://localhost:3000/",
                        "endpoint remove listen-3000 --yes",
                        "endpoint add listen-3000 http://localhost:3000/");
    }

    @Test
    void whatTheWorkerSaysIsSaid() throws Exception {
        var worker = worker("echo TWOTICK_ENCRYPTION_KEY is not set >&2; exit 1");
        assertThatThrownBy(() -> ListenEndpoint.add(worker, Map.of(), 3000))
                .isInstanceOf(StackFailure.class)
                .hasMessageContaining("TWOTICK_ENCRYPTION_KEY is not set");
    }

    @Test
    void aHookUrlOfThisMachineSaysThePort() {
        assertThat(Listen.portOnThisMachine("http://localhost:3000/hook")).isEqualTo(Optional.of(3000));
        assertThat(Listen.portOnThisMachine("http://127.0.0.1/")).isEqualTo(Optional.of(80));
        assertThat(Listen.portOnThisMachine("http://[::1]:4000/")).isEqualTo(Optional.of(4000));
        assertThat(Listen.portOnThisMachine("https://crm.example/hook")).isEmpty();
        assertThat(Listen.portOnThisMachine("none")).isEmpty();
        assertThat(Listen.portOnThisMachine("")).isEmpty();
    }

    private List<String> worker(String script) throws IOException {
        var file = folder.resolve("worker");
        Files.writeString(file, "cd " + folder + "\necho \"$*\" >> said\n" + script + "\n");
        return List.of("sh", file.toString());
    }

    private List<String> said() throws IOException {
        return Files.readAllLines(folder.resolve("said"));
    }
}
