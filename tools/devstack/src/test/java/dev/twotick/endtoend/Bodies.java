package dev.twotick.endtoend;

import java.util.List;

/// Bodies in the shapes that Meta sends.
final class Bodies {

    static String payload(String... changes) {
        return "{\"object\":\"whatsapp_business_account\",\"entry\":[" + entry("102290129340398", changes) + "]}";
    }

    static String entry(String wabaId, String... changes) {
        return "{\"id\":\"" + wabaId + "\",\"changes\":[" + String.join(",", changes) + "]}";
    }

    static String messages(String number, List<String> messages) {
        return change(number, "\"messages\":[" + String.join(",", messages) + "]");
    }

    static String statuses(String number, List<String> statuses) {
        return change(number, "\"statuses\":[" + String.join(",", statuses) + "]");
    }

    static String change(String number, String items) {
        return """
                {"field":"messages","value":{"messaging_product":"whatsapp",\
                "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},%s}}""".formatted(number, items);
    }

    static String text(String from, String wamid, String body) {
        return """
                {"from":"%s","id":"%s","timestamp":"1795000000","type":"text","text":{"body":"%s"}}""".formatted(from, wamid, body);
    }

    static String status(String wamid, String status, int at) {
        return """
                {"id":"%s","status":"%s","timestamp":"%d","recipient_id":"16505551234"}""".formatted(wamid, status, 1_795_000_000 + at);
    }

    private Bodies() {}
}
