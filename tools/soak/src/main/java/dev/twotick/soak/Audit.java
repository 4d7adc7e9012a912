package dev.twotick.soak;

import dev.twotick.soak.SentBook.Posted;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Holds the client's and the receiver's books against the tables.
final class Audit {
    private final SentBook sent;
    private final ReceivedBook received;

    Audit(SentBook sent, ReceivedBook received) {
        this.sent = sent;
        this.received = received;
    }

    /// @param applied    messages and statuses in their tables
    /// @param duplicates items of logged payloads beyond the first of their kind
    /// @param lost       what should be there and is not
    /// @param doubled    what is there and should not be, or not so often, or not so
    record Result(long logged, long applied, long duplicates, List<String> lost, List<String> doubled) {
        boolean isClean() {
            return lost.isEmpty() && doubled.isEmpty();
        }
    }

    /// Whether there is nothing to wait for any more.
    boolean isSettled(Connection db) throws SQLException {
        return sent.unanswered() == 0
                && sent.owedFacts().stream().allMatch(received::has)
                && number(db, "select count(*) from payload where state = 'received'") == 0
                && number(db, "select count(*) from hook_delivery") == 0;
    }

    Result compare(Connection db) throws SQLException {
        var lost = new ArrayList<String>();
        var doubled = new ArrayList<String>();
        var bodies = sent.bodies();
        long items = payloads(db, bodies, lost, doubled);
        long applied = messages(db, lost, doubled) + statuses(db, lost, doubled);
        unread(db, lost, doubled);
        contacts(db, lost, doubled);
        hooks(lost, doubled);
        long logged = number(db, "select count(*) from payload_log");
        return new Result(logged, applied, items - applied, List.copyOf(lost), List.copyOf(doubled));
    }

    /// @return items in all logged payloads
    private static long payloads(Connection db, Map<String, Posted> bodies, List<String> lost, List<String> doubled)
            throws SQLException {
        long items = 0;
        var missing = new HashMap<>(bodies);
        try (var statement = db.createStatement();
                var rows = statement.executeQuery(
                        "select encode(sha256(body), 'hex'), count(*), count(*) filter (where state = 'processed'),"
                                + " string_agg(distinct state, ', ') from payload group by 1")) {
            while (rows.next()) {
                var hash = rows.getString(1);
                var posted = missing.remove(hash);
                if (posted == null) {
                    doubled.add("a body in the log that was never posted: " + hash);
                    continue;
                }
                items += rows.getLong(2) * posted.items();
                if (rows.getLong(2) < posted.accepted()) {
                    lost.add("body %s: answered 200 %d times, logged %d times"
                            .formatted(hash, posted.accepted(), rows.getLong(2)));
                }
                if (rows.getLong(2) > posted.posts()) {
                    doubled.add("body %s: posted %d times, logged %d times"
                            .formatted(hash, posted.posts(), rows.getLong(2)));
                }
                if (rows.getLong(3) != rows.getLong(2)) {
                    lost.add("body %s: of %d logged, %d are processed (%s)"
                            .formatted(hash, rows.getLong(2), rows.getLong(3), rows.getString(4)));
                }
            }
        }
        missing.forEach((hash, posted) -> lost.add(
                posted.accepted() > 0
                        ? "body " + hash + ": answered 200 and not in the log"
                        : "body " + hash + ": posted " + posted.posts() + " times and never answered 200"));
        return items;
    }

    private long messages(Connection db, List<String> lost, List<String> doubled) throws SQLException {
        Map<String, String> inbound = sent.senders();
        Map<String, String> texts = sent.texts();
        Map<String, String> words = sent.words();
        Set<String> seen = new HashSet<>();
        long here = 0;
        try (var statement = db.createStatement();
                var rows = statement.executeQuery("select a.phone_number_id || ' ' || m.wamid, m.direction, m.status,"
                        + " m.from_wa_id, m.body from message m join account a on a.id = m.account_id")) {
            while (rows.next()) {
                var message = rows.getString(1);
                if (!seen.add(message)) {
                    doubled.add("message twice: " + message);
                } else if (inbound.containsKey(message)) {
                    here++;
                    expect(
                            doubled,
                            message,
                            inbound.get(message) + " inbound " + texts.get(message),
                            rows.getString(4) + " " + rows.getString(2) + " " + rows.getString(5));
                } else if (words.containsKey(message)) {
                    expect(
                            doubled,
                            message,
                            words.get(message) + " outbound",
                            rows.getString(3) + " " + rows.getString(2));
                } else {
                    doubled.add("a message that was never sent: " + message);
                }
            }
        }
        inbound.keySet().stream().filter(m -> !seen.contains(m)).forEach(m -> lost.add("message not there: " + m));
        words.keySet().stream().filter(m -> !seen.contains(m)).forEach(m -> lost.add("message not there: " + m));
        return here;
    }

    private long statuses(Connection db, List<String> lost, List<String> doubled) throws SQLException {
        Set<String> expected = sent.statuses();
        Set<String> seen = new HashSet<>();
        try (var statement = db.createStatement();
                var rows = statement.executeQuery(
                        "select trim(a.phone_number_id || ' ' || m.wamid || ' ' || s.status || ' ' || s.participant)"
                                + " from message_status s join message m on m.id = s.message_id"
                                + " join account a on a.id = m.account_id")) {
            while (rows.next()) {
                var status = rows.getString(1);
                if (!seen.add(status)) {
                    doubled.add("status twice: " + status);
                } else if (!expected.contains(status)) {
                    doubled.add("a status that was never sent: " + status);
                }
            }
        }
        expected.stream().filter(s -> !seen.contains(s)).forEach(s -> lost.add("status not there: " + s));
        return seen.size();
    }

    private void unread(Connection db, List<String> lost, List<String> doubled) throws SQLException {
        Map<String, Integer> expected = new HashMap<>();
        sent.senders()
                .forEach((message, sender) ->
                        expected.merge(message.substring(0, message.indexOf(' ')) + " " + sender, 1, Integer::sum));
        Map<String, Integer> counted = new HashMap<>();
        try (var statement = db.createStatement();
                var rows = statement.executeQuery("select a.phone_number_id || ' ' || i.value, c.unread_count"
                        + " from conversation c join account a on a.id = c.account_id"
                        + " join contact_identity i on i.contact_id = c.contact_id and i.kind = 'wa_id'")) {
            while (rows.next()) {
                if (counted.put(rows.getString(1), rows.getInt(2)) != null) {
                    doubled.add("conversation twice: " + rows.getString(1));
                }
            }
        }
        expected.forEach((conversation, count) -> {
            int here = counted.getOrDefault(conversation, 0);
            if (here != count) {
                (here < count ? lost : doubled)
                        .add("conversation %s: unread_count %d, and %d are unread"
                                .formatted(conversation, here, count));
            }
        });
        counted.keySet().stream()
                .filter(c -> !expected.containsKey(c))
                .forEach(c -> doubled.add("a conversation that nobody began: " + c));
    }

    private void contacts(Connection db, List<String> lost, List<String> doubled) throws SQLException {
        long expected = new HashSet<>(sent.senders().values()).size();
        compare("contacts", expected, number(db, "select count(*) from contact"), lost, doubled);
        compare("identities", expected, number(db, "select count(*) from contact_identity"), lost, doubled);
    }

    private void hooks(List<String> lost, List<String> doubled) {
        doubled.addAll(received.wrong().values());
        sent.owedFacts().stream().filter(f -> !received.has(f)).forEach(f -> lost.add("hook call never made: " + f));
        received.idsOfFacts().keySet().stream()
                .filter(fact -> !sent.isOwed(fact) && !isAboutEndpoints(fact))
                .forEach(fact -> doubled.add("a hook call that was not owed: " + fact));
    }

    /// News about the receiver itself, and notices of which only the last counts, are owed by no fact of the client's.
    private static boolean isAboutEndpoints(String fact) {
        return fact.startsWith("endpoint.") || fact.startsWith("contact.updated ");
    }

    private static void expect(List<String> doubled, String message, String expected, String here) {
        if (!expected.equals(here)) {
            doubled.add("message " + message + " is " + here + " and should be " + expected);
        }
    }

    private static void compare(String what, long expected, long here, List<String> lost, List<String> doubled) {
        if (here != expected) {
            (here < expected ? lost : doubled).add(here + " " + what + ", and should be " + expected);
        }
    }

    private static long number(Connection db, String sql) throws SQLException {
        try (var statement = db.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
