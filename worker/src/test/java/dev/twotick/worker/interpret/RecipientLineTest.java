package dev.twotick.worker.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.UserIdentifier.UserId;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import org.junit.jupiter.api.Test;

class RecipientLineTest {

    @Test
    void somebodyMayBeNamedAsEventsNameThem() {
        assertThat(RecipientLine.parse("{\"to\":\"+49 151\",\"user_id\":\"DE.1\"}")
                        .to())
                .isEqualTo(new WaId("49151"));
        assertThat(RecipientLine.parse("{\"wa_id\":\"49151\",\"user_id\":\"DE.1\"}")
                        .to())
                .isEqualTo(new WaId("49151"));
        assertThat(RecipientLine.parse("{\"user_id\":\"DE.1\"}").to()).isEqualTo(new UserId("DE.1"));
    }
}
