package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.hash.Sha256;
import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// What says that two facts are the same, whichever payload brought them.
final class FactKey {
    private static final int MAX_BYTES = 1_000;

    /// Of what has neither an id nor a time.
    static final String UNDATED = "undated:";

    private FactKey() {}

    /// Each source's own: what one has told, another may tell with more, or raise another event with. So may the
    /// content that comes after its placeholder.
    static String message(Source source, PhoneNumberId account, Wamid wamid, boolean placeholder) {
        String prefix = switch (source) {
            case LIVE -> "in:";
            case ECHO -> "echo:";
            case STANDBY -> "sb:";
            case HISTORY_MEDIA -> "histm:";
            case HISTORY -> "hist:";
            case REGISTERED -> "reg:";
        };
        return (placeholder ? "ph:" : "") + prefix + account.value() + ':' + wamid.value();
    }

    /// Of the flow that a message brought back.
    static String flow(PhoneNumberId account, Wamid wamid) {
        return "flow:" + account.value() + ':' + wamid.value();
    }

    /// The same may happen to a call again: a second recording, a session that is offered anew.
    ///
    /// @param word what happened to the call: an event, else a status
    static String call(PhoneNumberId account, String callId, String word, byte[] digest) {
        return bounded("call:" + account.value() + ':' + callId + ':' + word + ':'
                + HexFormat.of().formatHex(digest));
    }

    static String automaticEvent(PhoneNumberId account, String id, String eventName) {
        return bounded("auto:" + account.value() + ':' + id + ':' + eventName);
    }

    /// One sign-up may be told in two fields.
    static String signup(PhoneNumberId account, String signupId, Person person, @Nullable Instant at) {
        String who = person.waId() != null ? person.waId() : person.strongest().value();
        String second = at == null ? "" : String.valueOf(at.getEpochSecond());
        return bounded("signup:" + account.value() + ':' + signupId + ':' + who + ':' + second);
    }

    /// Of a group, one status comes for each participant under the same wamid.
    static String status(PhoneNumberId account, Wamid wamid, String status, String participant) {
        return "st:" + account.value() + ':' + wamid.value() + ':' + status + ':' + participant;
    }

    /// Of a status that is about something else than delivery: what it says, whichever field brings it.
    static String otherStatus(PhoneNumberId account, Wamid id, String canonical) {
        return bounded("st:" + account.value() + ':' + id.value() + ':' + sha256(canonical));
    }

    /// Of what has no id: its content, where it came from, and when; the same alert a day later is another one. Where
    /// Meta says no time, [Fact.Noticed#receivedAt] adds the week.
    ///
    /// @param at Meta's time
    static String content(Origin origin, String canonical, @Nullable Instant at) {
        String identity = String.join(
                "\0", // cannot be in any of them
                origin.field(),
                origin.account().phoneNumberId().value(),
                origin.entry().canonicalId(),
                origin.entry().canonicalTime(),
                canonical);
        return at == null ? UNDATED + hash(identity) : sha256(identity);
    }

    /// The week is Meta's retry: who are seven days apart, as the table keeps them, are of different weeks.
    static String undated(String content, Instant receivedAt) {
        return content + ':' + receivedAt.getEpochSecond() / Duration.ofDays(7).toSeconds();
    }

    /// Keys of notices are in an index, whose rows end at 2,700 bytes.
    private static String bounded(String key) {
        return key.getBytes(UTF_8).length <= MAX_BYTES ? key : sha256(key);
    }

    private static String sha256(String text) {
        return "sha256:" + hash(text);
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text));
    }
}
