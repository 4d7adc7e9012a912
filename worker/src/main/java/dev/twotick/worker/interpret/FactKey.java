package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.Wamid;
import java.util.HexFormat;

/// What says that two facts are the same, whichever payload brought them.
final class FactKey {

    private FactKey() {}

    static String message(PhoneNumberId account, Wamid wamid) {
        return "in:" + account.value() + ':' + wamid.value();
    }

    /// Of a group, one status comes for each participant under the same wamid.
    static String status(PhoneNumberId account, Wamid wamid, String status, String participant) {
        return "st:" + account.value() + ':' + wamid.value() + ':' + status + ':' + participant;
    }

    /// Of what has no id: its content, where it came from, and when; the same alert a day later is another one.
    static String content(Origin origin, String canonical) {
        String identity = String.join(
                "\0", // cannot be in any of them
                origin.field(),
                origin.account().phoneNumberId().value(),
                origin.entry().canonicalId(),
                origin.entry().canonicalTime(),
                canonical);
        return "sha256:" + HexFormat.of().formatHex(CanonicalJson.sha256(identity));
    }
}
