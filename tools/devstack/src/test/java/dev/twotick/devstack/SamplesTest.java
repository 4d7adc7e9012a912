package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.ObjectMapper;

class SamplesTest {
    private static final Instant NOW = Instant.parse("2027-03-01T12:00:00Z");

    private final ObjectMapper json = new ObjectMapper();

    static Iterable<String> names() {
        return Samples.NAMES;
    }

    @ParameterizedTest
    @MethodSource("names")
    void everySampleIsAPayloadOfMetas(String name) {
        var payload = json.readTree(Samples.read(name));
        assertThat(payload.path("object").asString()).isEqualTo("whatsapp_business_account");
        assertThat(payload.path("entry").path(0).path("changes").isEmpty()).isFalse();
    }

    @Test
    void everyFileIsListed() throws Exception {
        var folder = java.nio.file.Path.of(Samples.class.getResource("/samples").toURI());
        try (var files = java.nio.file.Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            Samples.NAMES.stream().map(name -> name + ".json").toList());
        }
    }

    @Test
    void aFreshSampleHasNewIdsAndThePresentTime() {
        var message = message(Samples.fresh(Samples.read("text"), NOW, "xyz"));
        assertThat(message.path("id").asString()).isEqualTo("wamid.TWOTICKTEXT01xyz");
        assertThat(message.path("timestamp").asLong()).isEqualTo(NOW.getEpochSecond());
    }

    @Test
    void freshStatusesOfOneMessageStayThoseOfOneMessage() {
        var sent = new String(Samples.fresh(Samples.read("status-sent"), NOW, "xyz"), StandardCharsets.UTF_8);
        var read = new String(Samples.fresh(Samples.read("status-read"), NOW, "xyz"), StandardCharsets.UTF_8);
        assertThat(sent).contains("\"wamid.TWOTICKOUT01xyz\"");
        assertThat(read).contains("\"wamid.TWOTICKOUT01xyz\"");
    }

    @Test
    void theFirstMessageCanBePastedIntoAShell() {
        var tiny = Samples.tiny(NOW);
        assertThat(tiny).doesNotContain("'").doesNotContain("\n");
        assertThat(message(tiny.getBytes(StandardCharsets.UTF_8))
                        .path("text")
                        .path("body")
                        .asString())
                .isEqualTo("Hello, Twotick");
    }

    @Test
    void theSignatureIsMetas() {
        // the value that `openssl dgst -sha256 -hmac secret` gives
        assertThat(Signature.of("{\"a\":1}".getBytes(StandardCharsets.UTF_8), "secret"))
                .isEqualTo("sha256=aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494");
    }

    private tools.jackson.databind.JsonNode message(byte[] payload) {
        return json.readTree(payload)
                .path("entry")
                .path(0)
                .path("changes")
                .path(0)
                .path("value")
                .path("messages")
                .path(0);
    }
}
