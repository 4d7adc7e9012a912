package dev.twotick.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.bench.load.Order.Shape;

/// What Meta would post. Updates are numbered, and a number says all about its update: of four in a row one
/// is somebody's message, the others are statuses of three messages of the business's, which were sent at that moment,
/// some time before, and longer before.
final class Traffic {
    private static final int DELIVERED_AFTER = 500;
    private static final int READ_AFTER = 2_000;
    private static final String PREFIX = "wamid.HBgLMTY1MDU1NTE";
    private static final String SUFFIX = "AgARGBJDNDA5RTlDRkE3NkQwQjI0QzgA";
    /// Numbers of messages that were sent before the first one here.
    private static final long BEFORE = 1_000_000_000L;

    private static final String[] STATUSES = {"", "sent", "delivered", "read"};
    static final int ACCOUNTS = 4;
    private static final int DIGITS = 13;

    private final Shape shape;

    Traffic(Shape shape) {
        this.shape = shape;
    }

    /// The payload whose first update has this number.
    byte[] payload(long first) {
        long now = System.currentTimeMillis() / 1_000;
        var json = new StringBuilder(640 * shape.updates());
        json.append("{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[");
        if (shape.history()) {
            history(json, first, now);
        } else {
            for (int i = 0; i < shape.updates(); i++) {
                change(json.append(i == 0 ? "" : ","), first + i, now);
            }
        }
        return json.append("]}]}").toString().getBytes(UTF_8);
    }

    private void change(StringBuilder json, long number, long now) {
        json.append(
                        "{\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"1555078388")
                .append(account(number))
                .append("\",\"phone_number_id\":\"10654035224292")
                .append(account(number))
                .append("\"},");
        if (isMessage(number)) {
            message(json, number, now);
        } else {
            status(json, number, now);
        }
        json.append("},\"field\":\"messages\"}");
    }

    private void message(StringBuilder json, long number, long now) {
        long person = person(number, shape.people());
        json.append("\"contacts\":[{\"profile\":{\"name\":\"Sheena Nelson ").append(person);
        if (shape.renamed() > 0 && Math.floorMod(number / 4, shape.renamed()) == 0) {
            json.append(" alias ").append(number);
        }
        json.append("\"},\"wa_id\":\"")
                .append(waId(person))
                .append("\"}],\"messages\":[{\"from\":\"")
                .append(waId(person))
                .append("\",\"id\":\"");
        wamid(json, 'I', number)
                .append("\",\"timestamp\":\"")
                .append(now)
                .append(
                        "\",\"type\":\"text\",\"text\":{\"body\":\"Does it come in another color? And when would number ")
                .append(number)
                .append(" be here, if I ordered it today?\"}}]");
    }

    private void status(StringBuilder json, long number, long now) {
        int kind = (int) Math.floorMod(number, 4L);
        long sent = sentAt(number);
        json.append("\"statuses\":[{\"id\":\"");
        wamid(json, 'O', sent)
                .append("\",\"status\":\"")
                .append(STATUSES[kind])
                .append("\",\"timestamp\":\"")
                .append(now)
                .append("\",\"recipient_id\":\"")
                .append(waId(person(sent, shape.people())))
                .append(
                        "\",\"conversation\":{\"id\":\"6ceb9d929c9bdc4f90967a32f8639b42\",\"origin\":{\"type\":\"utility\"}},")
                .append("\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\",\"category\":\"utility\"")
                .append(",\"type\":\"regular\"}}]");
    }

    /// A chunk of one number's history: threads of a hundred messages with one person each.
    private void history(StringBuilder json, long first, long now) {
        json.append(
                        "{\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550783880\",")
                .append(
                        "\"phone_number_id\":\"106540352242920\"},\"history\":[{\"metadata\":{\"phase\":1,\"chunk_order\":1,")
                .append("\"progress\":50},\"threads\":[");
        for (int i = 0; i < shape.updates(); i++) {
            long number = first + i;
            long person = number / 100 % shape.people();
            if (i % 100 == 0) {
                json.append(i == 0 ? "" : "]},")
                        .append("{\"id\":\"")
                        .append(waId(person))
                        .append("\",\"messages\":[");
            } else {
                json.append(',');
            }
            json.append("{\"from\":\"").append(waId(person)).append("\",\"id\":\"");
            wamid(json, 'I', number)
                    .append("\",\"timestamp\":\"")
                    .append(now - 86_400 - shape.updates() + i)
                    .append("\",\"type\":\"text\",\"text\":{\"body\":\"It was number ")
                    .append(number)
                    .append(" then.\"},\"history_context\":{\"status\":\"READ\"}}");
        }
        json.append("]}]}]},\"field\":\"history\"}");
    }

    /// The update that a hook call tells of: of its type and its wamid, or -1 if it is none of these.
    static long updateOf(String type, String wamid) {
        if (wamid.length() < PREFIX.length() + 1 + DIGITS || !wamid.startsWith(PREFIX)) {
            return -1;
        }
        long number = Long.parseLong(wamid, PREFIX.length() + 1, PREFIX.length() + 1 + DIGITS, 10);
        return switch (type) {
            case "message.received" -> number;
            case "message.sent" -> number - BEFORE;
            case "message.delivered" -> number - BEFORE + 1 + 4L * DELIVERED_AFTER;
            case "message.read" -> number - BEFORE + 2 + 4L * READ_AFTER;
            default -> -1;
        };
    }

    static boolean isMessage(long number) {
        return Math.floorMod(number, 4L) == 0;
    }

    /// The number of the update that said `sent` of the message which this status is of; its own, if it is that one.
    private static long sentAt(long number) {
        return switch ((int) Math.floorMod(number, 4L)) {
            case 2 -> number - 1 - 4L * DELIVERED_AFTER;
            case 3 -> number - 2 - 4L * READ_AFTER;
            default -> number;
        };
    }

    private static StringBuilder wamid(StringBuilder json, char kind, long number) {
        String digits = Long.toString(kind == 'O' ? number + BEFORE : number);
        return json.append(PREFIX)
                .append(kind)
                .repeat('0', DIGITS - digits.length())
                .append(digits)
                .append(SUFFIX);
    }

    /// A `phone_number_id`.
    static String accountId(long account) {
        return "10654035224292" + account;
    }

    static long account(long number) {
        return Math.floorMod(number / 4, (long) ACCOUNTS);
    }

    /// Scattered, so that neighbours in a batch are strangers.
    static long person(long number, int people) {
        return Math.floorMod(number / 4 * 2_654_435_761L, (long) people);
    }

    static String waId(long person) {
        return Long.toString(16_505_000_000L + person);
    }
}
