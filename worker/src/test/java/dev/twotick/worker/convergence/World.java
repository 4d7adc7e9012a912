package dev.twotick.worker.convergence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A small world, so that everything collides: few numbers, few ids, few messages, few instants. Who is called what, in
/// which combination and when, is random: numbers change hands, people prove to be one, the same key has two contents.
///
/// All ids carry the business's number, so that many worlds share a database.
final class World {
    private static final long NOON = 1_790_000_000L;

    private final RandomGenerator random;
    private final long business;
    private final List<String> numbers;

    World(long business, RandomGenerator random) {
        this.business = business;
        this.random = random;
        this.numbers = random.nextInt(3) == 0 ? List.of(number(1), number(2)) : List.of(number(1));
    }

    /// `phone_number_id`s, and what an account is called that has none: all belong to the business.
    static List<String> accounts(long business) {
        return List.of("10" + business + "1", "10" + business + "2", "waba:" + waba(business));
    }

    List<Unit> history() {
        List<Unit> units = new ArrayList<>();
        int size = 4 + random.nextInt(14);
        for (int i = 0; i < size; i++) {
            units.add(unit());
        }
        return units;
    }

    private Unit unit() {
        return switch (random.nextInt(32)) {
            case 0, 1, 2, 3, 4, 5 -> messages();
            case 6, 7, 8, 9 -> statuses();
            case 10, 11 -> echo();
            case 12 -> chunk();
            case 13 -> standby();
            case 14, 15 -> preference();
            case 16, 17, 18 -> signup();
            case 19 -> addressBook();
            case 20 -> userIdUpdate();
            case 21, 22 -> template();
            case 23, 28, 29 -> call();
            case 24, 25, 26 -> systemChange();
            case 30, 31 -> registered();
            default -> notice();
        };
    }

    // ---- values

    private Unit messages() {
        Map<String, Object> value = value();
        List<Object> contacts = new ArrayList<>();
        List<Object> messages = new ArrayList<>();
        for (int i = 0, n = 1 + random.nextInt(2); i < n; i++) {
            Named who = named();
            messages.add(message(who));
            if (random.nextInt(4) > 0) {
                contacts.add(who.contact());
            }
        }
        if (!contacts.isEmpty()) {
            value.put("contacts", contacts);
        }
        value.put("messages", messages);
        if (random.nextInt(8) == 0) {
            value.put("statuses", List.of(status()));
        }
        if (random.nextInt(12) == 0) {
            value.put("in_app_signup", signupItem(named()));
        }
        return message("messages", value);
    }

    private Unit statuses() {
        Map<String, Object> value = value();
        List<Object> statuses = new ArrayList<>();
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            statuses.add(random.nextInt(6) == 0 ? payment() : status());
        }
        value.put("statuses", statuses);
        return message("messages", value);
    }

    private Unit echo() {
        Map<String, Object> value = value();
        Named whom = named();
        Map<String, Object> item = content();
        item.put("from", "1555" + business);
        switch (random.nextInt(6)) {
            case 0 -> item.put("group_id", group());
            case 1 -> {
                item.put("recipient_type", "group");
                item.put("to", group());
            }
            default -> whom.as(item, "to", "to_user_id", "to_parent_user_id");
        }
        timestamp(item);
        value.put("message_echoes", List.of(item));
        if (random.nextBoolean()) {
            value.put("contacts", List.of(whom.contact()));
        }
        return message("smb_message_echoes", value);
    }

    private Unit registered() {
        Named whom = named();
        Map<String, Object> item = object("wamid", wamid(), "phone_number_id", pick(numbers.toArray(String[]::new)));
        item.put("to", whom.number != null ? whom.number : whom.userId);
        item.put("sent_at", time());
        maybe(2, () -> item.put("type", pick("text", "template")));
        maybe(2, () -> item.put("text", pick("one", "two")));
        maybe(5, () -> item.put("reply_to_wamid", wamid()));
        maybe(3, () -> item.put("campaign", campaign(1 + random.nextInt(2))));
        return new Unit(waba(business), null, item, true);
    }

    private Unit chunk() {
        Map<String, Object> value = value();
        if (random.nextInt(3) == 0) { // the media part
            Named who = named();
            value.put("messages", List.of(message(who)));
            value.put("contacts", List.of(who.contact()));
            return message("history", value);
        }
        Named who = named();
        List<Object> messages = new ArrayList<>();
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            Map<String, Object> item =
                    random.nextInt(4) == 0 ? object("id", wamid(), "type", "media_placeholder") : content();
            if (random.nextBoolean()) {
                item.put("from", "1555" + business);
                item.put("to", number(who));
            } else {
                who.as(item, "from", "from_user_id", "from_parent_user_id");
            }
            timestamp(item);
            item.put("history_context", object("status", pick("READ", "DELIVERED", "SENT", "PENDING", "ERROR")));
            messages.add(item);
        }
        Map<String, Object> context = object();
        who.as(context, "wa_id", "user_id", "parent_user_id");
        value.put(
                "history",
                List.of(object(
                        "metadata", object("phase", random.nextInt(3), "chunk_order", 1, "progress", 50),
                        "threads", List.of(object("id", number(who), "context", context, "messages", messages)))));
        return message("history", value);
    }

    private Unit standby() {
        Map<String, Object> value = value();
        Named who = named();
        switch (random.nextInt(3)) {
            case 0 ->
                value.put("standby", object("contacts", List.of(who.contact()), "messages", List.of(message(who))));
            case 1 -> value.put("standby", object("statuses", List.of(status())));
            default -> {
                Map<String, Object> body = object("messaging_product", "whatsapp", "type", "text");
                body.put("to", number(who));
                body.put("text", object("body", pick("auto", "reply")));
                Map<String, Object> item = object("id", wamid(), "message", body);
                timestamp(item);
                value.put("standby", object("message_echoes", List.of(item)));
            }
        }
        return message("standby", value);
    }

    private Unit preference() {
        Map<String, Object> value = value();
        Named who = named();
        Map<String, Object> item = object("detail", "User requested", "category", "marketing_messages");
        item.put("value", pick("stop", "resume"));
        who.as(item, "wa_id", "user_id", "parent_user_id");
        item.put("timestamp", time());
        if (random.nextInt(3) == 0) {
            item.put("signup_id", signupId());
        }
        contacts(value, who);
        value.put("user_preferences", List.of(item));
        return message("user_preferences", value);
    }

    private Unit signup() {
        Map<String, Object> value = value();
        Named who = named();
        if (random.nextBoolean()) {
            value.putAll(signupItem(who));
        } else {
            value.put("in_app_signup", signupItem(who));
        }
        contacts(value, who);
        return message("in_app_signup", value);
    }

    private Map<String, Object> signupItem(Named who) {
        Map<String, Object> item = object("signup_id", signupId());
        who.as(item, "wa_id", "user_id", "parent_user_id");
        item.put("timestamp", time());
        return item;
    }

    private Unit addressBook() {
        Map<String, Object> value = value();
        Named who = named();
        Map<String, Object> contact = object();
        who.as(contact, "phone_number", "user_id", "parent_user_id");
        boolean remove = random.nextInt(4) == 0;
        if (!remove) {
            contact.put("full_name", pick("Saved One", "Saved Two"));
        }
        value.put(
                "state_sync",
                List.of(object(
                        "type",
                        "contact",
                        "contact",
                        contact,
                        "action",
                        remove ? "remove" : "add",
                        "metadata",
                        object("timestamp", Long.toString(time())))));
        return message("smb_app_state_sync", value);
    }

    private Unit userIdUpdate() {
        Map<String, Object> value = value();
        Map<String, Object> item = object("user_id", object("previous", userId(), "current", userId()));
        if (random.nextBoolean()) {
            item.put("wa_id", number());
        }
        item.put("detail", "changed");
        item.put("timestamp", time());
        value.put("user_id_update", List.of(item));
        return message("user_id_update", value);
    }

    /// Whoever it came from, whatever it calls the ids before and after: members contradict one another, too.
    private Unit systemChange() {
        Map<String, Object> value = value();
        Map<String, Object> item = object("id", "wamid." + business + ".system" + random.nextInt(2), "type", "system");
        Map<String, Object> system = object("body", "User A changed");
        system.put("type", pick("user_changed_number", "user_changed_user_id", "customer_changed_number"));
        Named now = named();
        now.as(system, pick("wa_id", "new_wa_id"), "user_id", "parent_user_id");
        maybe(3, () -> system.put("previous_user_id", userId()));
        maybe(4, () -> system.put("previous_parent_user_id", parentId()));
        maybe(3, () -> system.put("customer", number()));
        if (random.nextInt(8) > 0) {
            named().as(item, "from", "from_user_id", "from_parent_user_id");
        }
        item.put("system", system);
        timestamp(item);
        value.put("messages", List.of(item));
        maybe(4, () -> value.put("contacts", List.of((random.nextBoolean() ? now : named()).contact())));
        return message("messages", value);
    }

    private Unit template() {
        Map<String, Object> value =
                object("message_template_id", 900L + random.nextInt(2), "message_template_name", pick("hello", "bye"));
        value.put("message_template_language", pick("en", "de"));
        String field = switch (random.nextInt(4)) {
            case 0 -> {
                value.put("event", pick("APPROVED", "REJECTED", "PAUSED"));
                value.put("reason", pick("NONE", "ABUSE"));
                yield "message_template_status_update";
            }
            case 1 -> {
                value.put("previous_quality_score", "GREEN");
                value.put("new_quality_score", pick("YELLOW", "RED"));
                yield "message_template_quality_update";
            }
            case 2 -> {
                value.put("new_category", pick("MARKETING", "UTILITY"));
                yield "template_category_update";
            }
            default -> {
                value.put("message_template_element", pick("Hello {{1}}", "Bye"));
                yield "message_template_components_update";
            }
        };
        return new Unit(waba(business), time(), object("field", field, "value", value));
    }

    private Unit call() {
        Map<String, Object> value = value();
        Named who = named();
        contacts(value, who);
        if (random.nextInt(4) == 0) {
            value.put(
                    "statuses",
                    List.of(object(
                            "id", callId(),
                            "type", "call",
                            "status", pick("RINGING", "ACCEPTED", "REJECTED"),
                            "timestamp", Long.toString(time()),
                            "recipient_id", number(who))));
            return message("calls", value);
        }
        Map<String, Object> item = object("id", callId(), "event", pick("connect", "terminate"));
        item.put("to", "1555" + business);
        who.as(item, "from", "from_user_id", "from_parent_user_id");
        item.put("direction", pick("USER_INITIATED", "BUSINESS_INITIATED"));
        timestamp(item);
        if (random.nextBoolean()) {
            item.put("status", pick("COMPLETED", "FAILED"));
            item.put("duration", random.nextInt(3));
            item.put("start_time", Long.toString(time()));
            item.put("end_time", Long.toString(time()));
        }
        value.put("calls", List.of(item));
        return message("calls", value);
    }

    private Unit notice() {
        Map<String, Object> value =
                object("event", pick("FLAGGED", "UPGRADE"), "display_phone_number", "1555" + business);
        return new Unit(waba(business), time(), object("field", "phone_number_quality_update", "value", value));
    }

    // ---- items

    private Map<String, Object> message(Named who) {
        Map<String, Object> item = content();
        who.as(item, "from", "from_user_id", "from_parent_user_id");
        timestamp(item);
        maybe(5, () -> item.put("group_id", group()));
        return item;
    }

    private Map<String, Object> content() {
        String type = pick(
                "text",
                "text",
                "image",
                "reaction",
                "reaction",
                "edit",
                "revoke",
                "interactive",
                "audio",
                "puzzle",
                "unsupported",
                "unsupported");
        // of one message Meta may repeat another content, but it does not make a reaction of it
        Map<String, Object> item = switch (type) {
            case "reaction", "edit", "revoke" -> object("id", "wamid." + business + "." + type + random.nextInt(2));
            default -> object("id", wamid());
        };
        item.put("type", type);
        if (type.equals("unsupported") && random.nextBoolean()) {
            item.put("errors", List.of(object("code", 131051 + random.nextInt(2) * 9)));
        }
        item.put(
                type,
                switch (type) {
                    case "text" -> object("body", pick("one", "two", "three"));
                    case "image" -> object("id", pick("7", "8"), "mime_type", "image/jpeg", "caption", pick("c", "d"));
                    case "audio" -> object("id", "9", "mime_type", "audio/ogg", "voice", random.nextBoolean());
                    case "reaction" -> {
                        Map<String, Object> reaction = object("message_id", wamid());
                        if (random.nextInt(3) > 0) {
                            reaction.put("emoji", pick("+", "-", ""));
                        }
                        yield reaction;
                    }
                    case "edit" -> {
                        Map<String, Object> edit = object("original_message_id", wamid());
                        Map<String, Object> text =
                                object("type", "text", "text", object("body", pick("edited one", "edited two")));
                        switch (random.nextInt(6)) {
                            case 0 -> {} // cannot be read
                            case 1 -> edit.put("message", object("type", "unsupported"));
                            case 2 -> {
                                Map<String, Object> image = object("mime_type", "image/jpeg");
                                maybe(2, () -> image.put("caption", pick("edited c", "edited d")));
                                maybe(3, () -> image.put("id", pick("8", "9")));
                                edit.put("message", object("type", "image", "image", image));
                            }
                            default -> edit.put("message", text);
                        }
                        yield edit;
                    }
                    case "revoke" -> object("original_message_id", wamid());
                    case "interactive" ->
                        object(
                                "type",
                                "nfm_reply",
                                "nfm_reply",
                                object(
                                        "name",
                                        "flow",
                                        "body",
                                        "Sent",
                                        "response_json",
                                        "{\"flow_token\":\"t\",\"a\":" + random.nextInt(2) + "}"));
                    default -> object("pieces", random.nextInt(3));
                });
        if (random.nextInt(5) == 0) {
            item.put("context", object("id", wamid(), "forwarded", random.nextBoolean()));
        }
        if (random.nextInt(8) == 0) {
            item.put("referral", object("source_id", "ad", "source_type", "ad"));
        }
        return item;
    }

    private Map<String, Object> payment() {
        Map<String, Object> item = status();
        item.put("type", pick("payment", "payment", "parcel"));
        item.put("status", pick("captured", "failed"));
        item.put("payment", object("reference_id", "o1", "transaction", object("id", pick("t1", "t2"))));
        return item;
    }

    private Map<String, Object> status() {
        Map<String, Object> item = object("id", wamid());
        item.put("status", pick("sent", "delivered", "read", "played", "failed", "warning", "deleted"));
        Named whom = named();
        if (random.nextInt(5) == 0) {
            item.put("recipient_id", group());
            item.put("recipient_type", "group");
            item.put("recipient_participant_id", number(whom));
        } else {
            whom.as(item, "recipient_id", "recipient_user_id", "recipient_parent_user_id");
        }
        timestamp(item);
        if (random.nextInt(3) == 0) {
            item.put("biz_opaque_callback_data", "campaign:" + campaign(1 + random.nextInt(2)) + pick("", ";mine"));
        }
        if (random.nextInt(4) == 0) {
            item.put("pricing", object("billable", true, "category", pick("marketing", "utility")));
        }
        if (random.nextInt(6) == 0) {
            item.put("errors", List.of(object("code", 131000 + random.nextInt(2), "title", "no")));
        }
        return item;
    }

    // ---- people

    /// One way of naming somebody.
    private record Named(
            @Nullable String number,
            @Nullable String userId,
            @Nullable String parentId,
            Map<String, Object> profile) {

        void as(Map<String, Object> item, String numberKey, String userKey, String parentKey) {
            if (number != null) {
                item.put(numberKey, number);
            }
            if (userId != null) {
                item.put(userKey, userId);
            }
            if (parentId != null) {
                item.put(parentKey, parentId);
            }
        }

        /// The same, as an entry that may know more.
        Named with(Named more) {
            return new Named(
                    number != null ? number : more.number,
                    userId != null ? userId : more.userId,
                    parentId != null ? parentId : more.parentId,
                    more.profile);
        }

        Map<String, Object> contact() {
            Map<String, Object> contact = new LinkedHashMap<>();
            if (!profile.isEmpty()) {
                contact.put("profile", profile);
            }
            as(contact, "wa_id", "user_id", "parent_user_id");
            return contact;
        }
    }

    private Named named() {
        Map<String, Object> profile = object();
        if (random.nextInt(3) > 0) {
            profile.put("name", pick("Ann", "Bob", "Zoe"));
        }
        if (random.nextInt(4) == 0) {
            profile.put("username", pick("@ann", "@bob"));
        }
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> new Named(number(), null, null, profile);
            case 3, 4 -> new Named(number(), userId(), null, profile);
            case 5 -> new Named(null, userId(), null, profile);
            case 6 -> new Named(null, userId(), parentId(), profile);
            default -> new Named(number(), userId(), parentId(), profile);
        };
    }

    /// Nobody, or who the item is about, perhaps with more ids than the item has, perhaps beside somebody else.
    private void contacts(Map<String, Object> value, Named who) {
        List<Object> contacts = new ArrayList<>();
        if (random.nextInt(3) > 0) {
            contacts.add((random.nextBoolean() ? who : who.with(named())).contact());
        }
        maybe(8, () -> contacts.add(named().contact()));
        if (!contacts.isEmpty()) {
            value.put("contacts", contacts);
        }
    }

    private String number(Named who) {
        return who.number == null ? number() : who.number;
    }

    private String number() {
        return "49" + business + (1 + random.nextInt(3));
    }

    private String userId() {
        return "DE." + business + "0" + (1 + random.nextInt(4));
    }

    private String parentId() {
        return "DE.ENT." + business + "0" + (1 + random.nextInt(3));
    }

    // ---- the rest

    private Unit message(String field, Map<String, Object> value) {
        return new Unit(waba(business), null, object("field", field, "value", value));
    }

    private Map<String, Object> value() {
        return object(
                "messaging_product",
                "whatsapp",
                "metadata",
                object(
                        "display_phone_number",
                        "1555" + business,
                        "phone_number_id",
                        pick(numbers.toArray(String[]::new))));
    }

    /// One time of so many.
    private void maybe(int times, Runnable what) {
        if (random.nextInt(times) == 0) {
            what.run();
        }
    }

    private void timestamp(Map<String, Object> item) {
        if (random.nextInt(10) > 0) {
            item.put("timestamp", Long.toString(time()));
        }
    }

    private long time() {
        return NOON + random.nextInt(12);
    }

    private String wamid() {
        return "wamid." + business + "." + random.nextInt(5);
    }

    private String group() {
        return "group" + business + random.nextInt(2);
    }

    private String callId() {
        return "wacid." + business + "." + random.nextInt(2);
    }

    private String signupId() {
        return signupId(random.nextInt(2));
    }

    /// Every business has its own of that key.
    static String signupId(int which) {
        return "S-" + which;
    }

    /// Likewise.
    static String campaign(int which) {
        return "camp-" + which;
    }

    private String number(int which) {
        return "10" + business + which;
    }

    private static String waba(long business) {
        return "77" + business;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }
}
