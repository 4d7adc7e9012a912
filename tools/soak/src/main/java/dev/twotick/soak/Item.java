package dev.twotick.soak;

import java.util.List;

/// One thing that Meta tells, and what it must become.
sealed interface Item {

    /// Of the two that make a message's key, with a space between.
    String message();

    String number();

    /// The hook calls that it owes, each by type and what it is about, as [ReceivedBook] reads them.
    List<String> owes();

    /// Its place in the value: `messages` or `statuses`.
    String list();

    String json();

    /// @param at Meta's time, epoch seconds
    record Message(String number, String wamid, String sender, long at, String text) implements Item {
        @Override
        public String message() {
            return number + " " + wamid;
        }

        @Override
        public List<String> owes() {
            return List.of(
                    "message.received " + message(), "contact.created " + sender, "account.discovered " + number);
        }

        @Override
        public String list() {
            return "messages";
        }

        @Override
        public String json() {
            return """
                    {"from":"%s","id":"%s","timestamp":"%d","type":"text","text":{"body":"%s"}}""".formatted(sender, wamid, at, text);
        }
    }

    /// @param participant of a group, or empty
    record Status(String number, String wamid, String word, String participant, long at) implements Item {
        @Override
        public String message() {
            return number + " " + wamid;
        }

        /// Its key in `message_status`.
        String key() {
            return (message() + " " + word + " " + participant).strip();
        }

        @Override
        public List<String> owes() {
            return List.of(
                    "message." + word + " " + (message() + " " + participant).strip(), "account.discovered " + number);
        }

        @Override
        public String list() {
            return "statuses";
        }

        @Override
        public String json() {
            var whom = participant.isEmpty()
                    ? "\"recipient_id\":\"16505551234\""
                    : "\"recipient_type\":\"group\",\"recipient_id\":\"Y2FwaV9ncm91cA\",\"recipient_participant_id\":\""
                            + participant + "\"";
            return """
                    {"id":"%s","status":"%s","timestamp":"%d",%s}""".formatted(wamid, word, at, whom);
        }
    }
}
