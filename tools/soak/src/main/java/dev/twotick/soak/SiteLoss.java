package dev.twotick.soak;

import dev.twotick.stores.PostgresStandby;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Ways in which a site stands in another one when it is lost. What is lost with it, though it was answered 200, is
/// counted, and posted again: all else must be as if nothing had been.
enum SiteLoss {
    SYNCHRONOUS("site lost, commits wait for 60 ms", Duration.ofMillis(60), true),
    LATE_5("site lost, standby 5 ms late", Duration.ofMillis(5), false),
    LATE_60("site lost, standby 60 ms late", Duration.ofMillis(60), false),
    LATE_1000("site lost, standby 1 s late", Duration.ofSeconds(1), false);

    private final String title;
    private final Duration late;
    private final boolean synchronous;

    SiteLoss(String title, Duration late, boolean synchronous) {
        this.title = title;
        this.late = late;
        this.synchronous = synchronous;
    }

    String title() {
        return title;
    }

    /// @param after it stands for so long
    /// @return what was answered 200 and is not in the other site
    List<Payload> happen(SoakStack stack, SentBook sent, Duration after) throws Exception {
        PostgresStandby standby = stack.standby();
        standby.late(late);
        if (synchronous) {
            standby.makeSynchronous();
        }
        stack.pause(after);
        stack.processes().forEach(RestartedProcess::kill);
        stack.postgres.kill();
        stack.redis().kill();
        stack.emptyRedis();
        stack.postgres = standby.takeOver();
        List<Payload> lost = sent.lost(logged(stack));
        stack.redis().startAgain();
        if (synchronous && !lost.isEmpty()) {
            throw new IllegalStateException(lost.size() + " were answered 200, and commits waited for the standby");
        }
        return lost;
    }

    /// How often each body is in the log.
    private static Map<String, Integer> logged(SoakStack stack) throws SQLException {
        var logged = new HashMap<String, Integer>();
        try (var db = stack.connect();
                var statement = db.createStatement();
                var rows = statement.executeQuery(
                        "select encode(sha256(body), 'hex'), count(*)::int from payload group by 1")) {
            while (rows.next()) {
                logged.put(rows.getString(1), rows.getInt(2));
            }
        }
        return logged;
    }
}
