package dev.twotick.soak;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What a run came to, as figures.
///
/// @param differences lost, doubled, or otherwise wrong; none: all promises held
record Report(
        long seed,
        SentBook sent,
        ReceivedBook received,
        Figures figures,
        Audit.Result audit,
        Map<MetaClient.Failure, Integer> failures,
        List<String> differences) {
    private static final int MOST_SHOWN = 40;

    Report {
        differences = List.copyOf(differences);
    }

    boolean isClean() {
        return differences.isEmpty();
    }

    String table() {
        var table = new StringBuilder();
        row(table, "seed", seed);
        row(table, "payloads posted", sent.posts());
        row(table, "answered 200", sent.accepted());
        failures.forEach((failure, times) ->
                row(table, "  not answered 200: " + failure.name().toLowerCase(java.util.Locale.ROOT), times));
        row(table, "in the log", audit.logged());
        row(table, "applied (messages and statuses)", audit.applied());
        row(table, "duplicates refused", audit.duplicates());
        row(table, "hook calls owed", sent.owed());
        row(table, "hook calls received", received.calls());
        row(table, "  of them ids received more than once", received.idsReceivedAgain());
        row(table, "kills survived", figures.killsInAll());
        figures.kills().forEach((victim, times) -> row(table, "  " + victim, times));
        figures.steps().forEach((step, times) -> row(table, "    " + step, times));
        row(table, "ends in order (SIGTERM)", figures.stops());
        row(
                table,
                "outages survived",
                figures.heals().entrySet().stream()
                        .filter(entry -> !entry.getKey().equals("calm"))
                        .mapToInt(entry -> entry.getValue().size())
                        .sum());
        figures.heals().forEach((kind, heals) -> {
            if (!kind.equals("calm")) {
                table.append("  %-38s %8d   longest time to heal %.1f s%n"
                        .formatted(kind, heals.size(), longest(heals).toMillis() / 1e3));
            }
        });
        figures.lostWithSite()
                .forEach((kind, lost) ->
                        table.append("  %-38s answered 200 and lost with it: %s%n".formatted(kind, lost)));
        table.append("lost %d, doubled %d%n"
                .formatted(audit.lost().size(), audit.doubled().size()));
        if (!isClean()) {
            table.append("%nWhat differs (%d):%n".formatted(differences.size()));
            differences.stream()
                    .limit(MOST_SHOWN)
                    .forEach(difference -> table.append("  ").append(difference).append('\n'));
        }
        return table.toString();
    }

    private static Duration longest(List<Duration> heals) {
        return heals.stream().max(Duration::compareTo).orElse(Duration.ZERO);
    }

    private static void row(StringBuilder table, String name, long value) {
        table.append("%-40s %8d%n".formatted(name, value));
    }
}
