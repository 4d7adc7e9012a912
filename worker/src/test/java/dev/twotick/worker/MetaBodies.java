package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/// Bodies in the shapes that Meta sends, for tests.
public final class MetaBodies {
    public static final String NUMBER = "106540352242922";

    /// One payload with these messages or statuses, and the contacts of these senders.
    public static byte[] messages(String phoneNumberId, List<String> contacts, List<String> messages) {
        return envelope(change(phoneNumberId, contacts, "messages", messages));
    }

    public static byte[] statuses(String phoneNumberId, List<String> statuses) {
        return envelope(change(phoneNumberId, List.of(), "statuses", statuses));
    }

    public static byte[] text(String from, String wamid, long at, String body) {
        return messages(NUMBER, List.of(contact(from, "Name of " + from)), List.of(message(from, wamid, at, body)));
    }

    public static byte[] status(String wamid, String status, long at) {
        return statuses(NUMBER, List.of(statusItem(wamid, status, at)));
    }

    public static String statusItem(String wamid, String status, long at) {
        return """
                {"id":"%s","status":"%s","timestamp":"%d","recipient_id":"16505551234"}""".formatted(wamid, status, at);
    }

    public static String message(String from, String wamid, long at, String body) {
        return """
                {"from":"%s","id":"%s","timestamp":"%d","type":"text","text":{"body":"%s"}}""".formatted(from, wamid, at, body);
    }

    public static String contact(String waId, String name) {
        return """
                {"profile":{"name":"%s"},"wa_id":"%s"}""".formatted(name, waId);
    }

    public static String change(String phoneNumberId, List<String> contacts, String kind, List<String> items) {
        return """
                {"field":"messages","value":{"messaging_product":"whatsapp",\
                "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},\
                "contacts":[%s],"%s":[%s]}}""".formatted(phoneNumberId, String.join(",", contacts), kind, String.join(",", items));
    }

    public static byte[] envelope(String... changes) {
        return """
                {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[%s]}]}""".formatted(String.join(",", changes)).getBytes(UTF_8);
    }

    private MetaBodies() {}
}
