package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.BOX;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.SettingsReader;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.AlertSettings;
import dev.twotick.worker.outbox.ChatMessage;
import dev.twotick.worker.outbox.EnvironmentEndpoint;
import dev.twotick.worker.outbox.SecretBox;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `TWOTICK_ALERT_URL` hears of endpoints, in the shape that it takes.
@WithStores
class AlertsTest extends DeliveryLoopFixture {

    private static AlertSettings read(Map<String, String> environment, Optional<SecretBox> box) {
        SettingsReader settings = new SettingsReader(environment);
        AlertSettings alerts = AlertSettings.read(settings, box);
        settings.finish();
        return alerts;
    }

    private void alertsGo(String url, String format) {
        AlertSettings alerts = read(Map.of("TWOTICK_ALERT_URL", url, "TWOTICK_ALERT_FORMAT", format), Optional.of(BOX));
        new EnvironmentEndpoint(tables.db, alerts, Optional.of(BOX)).begin();
    }

    private JsonNode alertOf(String format) throws Exception {
        Receiver alerted = opened(new Receiver());
        alertsGo(alerted.url(), format);
        tables.endpoint("crm", receiver.answering(410).url(), "message.*");

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(alerted.calls).hasSize(1));
        return JsonMapper.shared().readTree(alerted.calls.getFirst().body());
    }

    @Test
    void itHearsOfAnEndpointThatEndsAndOfNothingElse() throws Exception {
        JsonNode event = alertOf("standard");

        assertThat(event.get("type").asString()).isEqualTo("endpoint.disabled");
        assertThat(event.get("data").get("name").asString()).isEqualTo("crm");
    }

    @Test
    void aChatHearsOfItInASentence() throws Exception {
        JsonNode message = alertOf("chat");

        assertThat(message.propertyNames()).containsExactly("text");
        assertThat(message.get("text").asString())
                .isEqualTo("Twotick: endpoint crm is disabled, and gets no more calls: it answered 410 Gone. When it is"
                        + " mended: worker endpoint enable crm");
    }

    @Test
    void aChatIsToldWhereWhatIsRefusedIsListed() {
        byte[] event = """
                {"type":"endpoint.refusing","data":{"name":"crm","event_type":"message.read","last_error":"HTTP 422"}}
                """.getBytes(UTF_8);

        assertThat(new String(ChatMessage.of(event), UTF_8))
                .contains("message.read: HTTP 422. They are parked: worker endpoint dead crm");
    }

    @Test
    void anotherFormatAndNoneHoldFromTheNextStartOn() {
        alertsGo("https://chat.example/hook", "standard");
        alertsGo("https://chat.example/hook", "chat");
        assertThat(tables.db
                        .fetch("select name, format, active from hook_endpoint")
                        .format())
                .contains("alerts|chat  |true");

        alertsGo("none", "chat");

        assertThat(tables.db.fetch("select disabled_reason from hook_endpoint").getValues(0, String.class))
                .containsExactly("TWOTICK_ALERT_URL is none");
    }

    @Test
    void badSettingsAreNamed() {
        Map<String, String> bad = Map.of("TWOTICK_ALERT_URL", "ftp://chat.example/", "TWOTICK_ALERT_FORMAT", "pigeon");

        assertThatThrownBy(() -> read(bad, Optional.of(BOX)))
                .hasMessageContaining("TWOTICK_ALERT_URL")
                .hasMessageContaining("TWOTICK_ALERT_FORMAT");
        assertThatThrownBy(() -> read(Map.of("TWOTICK_ALERT_URL", "https://chat.example/"), Optional.empty()))
                .hasMessageContaining("TWOTICK_ENCRYPTION_KEY");
    }
}
