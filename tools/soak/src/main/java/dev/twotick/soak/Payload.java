package dev.twotick.soak;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A body, and what is in it.
///
/// @param hash SHA-256 of the body, in hex
record Payload(byte[] body, String hash, List<Item> items) {

    static Payload of(List<Item> items) {
        var body = json(items).getBytes(StandardCharsets.UTF_8);
        return new Payload(body, sha256(body), List.copyOf(items));
    }

    /// One change for each number, with messages and statuses side by side.
    private static String json(List<Item> items) {
        Map<String, List<Item>> byNumber =
                items.stream().collect(Collectors.groupingBy(Item::number, LinkedHashMap::new, Collectors.toList()));
        return "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":["
                + byNumber.entrySet().stream()
                        .map(change -> change(change.getKey(), change.getValue()))
                        .collect(Collectors.joining(","))
                + "]}]}";
    }

    private static String change(String number, List<Item> items) {
        return """
                {"field":"messages","value":{"messaging_product":"whatsapp",\
                "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"}%s%s%s}}""".formatted(
                        number,
                        list(
                                "contacts",
                                items.stream()
                                        .filter(Item.Message.class::isInstance)
                                        .map(item -> ((Item.Message) item).sender())
                                        .distinct()
                                        .map(Payload::contact)
                                        .toList()),
                        list("messages", json(items, "messages")),
                        list("statuses", json(items, "statuses")));
    }

    private static String contact(String waId) {
        return "{\"profile\":{\"name\":\"Somebody\"},\"wa_id\":\"" + waId + "\"}";
    }

    private static List<String> json(List<Item> items, String list) {
        return items.stream()
                .filter(item -> item.list().equals(list))
                .map(Item::json)
                .toList();
    }

    private static String list(String name, List<String> elements) {
        return elements.isEmpty() ? "" : ",\"" + name + "\":[" + String.join(",", elements) + "]";
    }

    private static String sha256(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
