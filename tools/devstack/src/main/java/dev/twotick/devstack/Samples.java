package dev.twotick.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Payloads of our own in Meta's shapes, in `samples/`. They belong together: the statuses are those of messages that
/// they name, and all times lie before [#LAST].
final class Samples {
    /// In the order in which `send --all` posts them.
    static final List<String> NAMES = List.of(
            "text",
            "image",
            "audio",
            "document",
            "location",
            "contacts",
            "reply",
            "button-reply",
            "list-reply",
            "reaction",
            "user-id-only",
            "unknown-type",
            "status-sent",
            "status-delivered",
            "status-read",
            "status-played",
            "status-failed",
            "two-entries",
            "template-status",
            "account-alert",
            "video",
            "sticker",
            "forwarded",
            "from-ad",
            "order",
            "flow-reply",
            "call-permission",
            "payment",
            "payment-status",
            "product",
            "template-button",
            "reaction-removed",
            "edit",
            "revoke",
            "number-changed",
            "user-id-changed",
            "request-welcome",
            "unsupported",
            "without-type",
            "group",
            "voicemail",
            "value-errors",
            "status-group",
            "status-priced",
            "echo",
            "history",
            "history-media",
            "history-declined",
            "standby",
            "standby-echo",
            "handover",
            "name-saved",
            "call-connect",
            "call-ended",
            "call-status",
            "preference-stop",
            "preference-signup",
            "signup",
            "user-id-update",
            "template-quality",
            "template-components",
            "template-category-soon",
            "template-category",
            "template-correct-category",
            "group-created",
            "group-participants",
            "group-settings",
            "group-suspended",
            "automatic-event",
            "tracking-event",
            "name-update",
            "quality-update",
            "account-restricted",
            "partner-added",
            "partner-solution",
            "account-review",
            "account-settings",
            "capability",
            "business-status",
            "username",
            "pin-changed",
            "flow-status",
            "payment-configuration",
            "unknown-field");

    /// 2026-11-01T00:12:00Z, the text message's time; the other things happened in the twelve minutes before.
    private static final long LAST = 1793491920L;

    private static final Pattern TIME = Pattern.compile("\\b1793[45]\\d{5}\\b");
    private static final Pattern WAMID = Pattern.compile("(\"wa[mc]id\\.[A-Za-z0-9+/=]+)\"");

    private Samples() {}

    static byte[] read(String name) {
        try (var in = Samples.class.getResourceAsStream("/samples/" + name + ".json")) {
            if (in == null) {
                throw new StackFailure("there is no file and no sample of the name " + name + "; samples are "
                        + String.join(", ", NAMES));
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The sample as if it happened now: new message ids, the same for the same old ones and `salt`; times
    /// moved so that [#LAST] is `now`.
    static byte[] fresh(byte[] sample, Instant now, String salt) {
        var text = new String(sample, StandardCharsets.UTF_8);
        var named = WAMID.matcher(text).replaceAll("$1" + salt + "\"");
        var timed = TIME.matcher(named).replaceAll(time -> moved(time, now));
        return timed.getBytes(StandardCharsets.UTF_8);
    }

    private static String moved(MatchResult time, Instant now) {
        return String.valueOf(Long.parseLong(time.group()) - LAST + now.getEpochSecond());
    }

    /// One text message, on one line and without a single quote, for a shell.
    static String tiny(Instant now) {
        return """
                {"object":"whatsapp_business_account","entry":[{"id":"100200300400500","changes":[{"field":"messages",\
                "value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001000",\
                "phone_number_id":"900100200300400"},"contacts":[{"profile":{"name":"Ada"},"wa_id":"15550002001"}],\
                "messages":[{"from":"15550002001","id":"wamid.FIRST%d","timestamp":"%d","type":"text",\
                "text":{"body":"Hello, Twotick"}}]}}]}]}""".formatted(now.toEpochMilli(), now.getEpochSecond());
    }
}
