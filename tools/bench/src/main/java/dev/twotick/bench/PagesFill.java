package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Fills a migrated database by the steps of `pages.sql`: with messages and payloads of twelve days, and all that hangs
/// on them.
///
/// @param contacts one conversation each; the first have the most messages
/// @param begin    of the twelve days
record PagesFill(long messages, long payloads, long contacts, Instant begin) {
    private static final long PIECE = 250_000;
    private static final long MESSAGES_A_CONTACT = 20;
    private static final int DAYS = 12;
    private static final Pattern LANE = Pattern.compile("^\\s*(\\w): ");

    /// Until some minutes ago.
    static PagesFill of(long messages, long payloads) {
        if (payloads < 1_000 || messages < payloads) {
            throw new StackFailure("--payloads are 1,000 at least, and --messages as many as these");
        }
        return new PagesFill(
                messages,
                payloads,
                messages / MESSAGES_A_CONTACT,
                Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(DAYS, ChronoUnit.DAYS));
    }

    void fill(Stack stack, Consumer<String> say) {
        var lanes = new TreeMap<Character, List<String>>();
        for (var step : steps()) {
            var lane = LANE.matcher(step);
            if (lane.find()) {
                lanes.computeIfAbsent(lane.group(1).charAt(0), _ -> new ArrayList<>())
                        .add(step);
            } else {
                fillBeside(stack, lanes.values(), say);
                lanes.clear();
                fill(stack, List.of(step), say);
            }
        }
    }

    private void fillBeside(Stack stack, Collection<List<String>> lanes, Consumer<String> say) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var filling = lanes.stream()
                    .map(steps -> CompletableFuture.runAsync(() -> fill(stack, steps, say), threads))
                    .toList();
            filling.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw new StackFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private void fill(Stack stack, List<String> steps, Consumer<String> say) {
        try (var connection = stack.connect()) {
            execute(
                    connection,
                    "set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '256MB'");
            for (var step : steps) {
                step(connection, step, say);
            }
        } catch (SQLException e) {
            throw new StackFailure("cannot fill the database: " + e.getMessage(), e);
        }
    }

    private void step(Connection connection, String step, Consumer<String> say) throws SQLException {
        int end = step.indexOf('\n');
        var title = step.substring(0, end).strip();
        var sql = step.substring(end)
                .replace(":messages", number(messages))
                .replace(":payloads", number(payloads))
                .replace(":contacts", number(contacts))
                .replace(":begin", begin.toString());
        long all = title.endsWith("by messages") ? messages : title.endsWith("by payloads") ? payloads : 0;
        if (all == 0) {
            say.accept("pages, filling: " + title);
            execute(connection, sql);
        }
        for (long done = 0; done < all; done += PIECE) {
            long to = Math.min(all, done + PIECE);
            execute(connection, sql.replace(":from", number(done + 1)).replace(":to", number(to)));
            say.accept("pages, filling: %s, %,d of %,d".formatted(title, to, all));
        }
    }

    /// Of the database that is filled so.
    String database() {
        return "pages_" + messages + "_" + payloads;
    }

    /// As PostgreSQL multiplies it without leaving the range of an int.
    private static String number(long number) {
        return number + "::bigint";
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String[] steps() {
        try (var in = Objects.requireNonNull(PagesFill.class.getResourceAsStream("pages.sql"))) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.substring(text.indexOf("--:") + 3).split("\n--:");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As `pages.sql` makes them.
    ///
    /// @param contact from 1
    static String waId(long contact) {
        return Long.toString(16_505_000_000L + contact);
    }

    static String wamid(long message) {
        return "wamid.HBgLMTY1MDU1NTE" + (message % 3 == 0 ? 'J' : 'P') + "%013d".formatted(message)
                + "AgARGBJDNDA5RTlDRkE3NkQwQjI0QzgA";
    }
}
