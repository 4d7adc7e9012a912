package dev.twotick.worker.console;

import static org.jooq.impl.DSL.val;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.payload.UuidV7;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.impl.SQLDataType;

/// How many payloads came in each step of a stretch of time, by the log's key. Of a step that has many, only the first
/// ones are counted, and the rest is reckoned from how soon they came: so a chart costs the same under any traffic.
final class Traffic {
    private static final int MOST_COUNTED = 200;

    // the bounds of all steps say which days there are to look at
    private static final String STEPS = """
            select step.at, counted.payloads, counted.last
            from generate_series({0}::timestamptz, {1}::timestamptz, {2} * interval '1 second') step (at)
            cross join lateral (
                select count(*) as payloads, (array_agg(id order by id desc))[1] as last from (
                    select id from payload_log
                    where id >= uuid_v7_floor(step.at) and id < uuid_v7_floor(step.at + {2} * interval '1 second')
                        and id >= {4} and id < {5}
                    order by id limit {3}) l) counted
            order by step.at
            """;

    private final DSLContext db;

    Traffic(DSLContext db) {
        this.db = db;
    }

    /// @param reckoned it was not counted to the end
    record Step(Instant at, long payloads, boolean reckoned) {}

    /// A bar of a chart, in hundredths of its height.
    record Bar(int nth, int height, Step step) {}

    /// @param all in the whole stretch
    record Chart(List<Bar> bars, long all, boolean reckoned) {
        int width() {
            return bars.size();
        }
    }

    /// @param now where it ends, the running step included
    Chart chart(Instant now, Duration step, int steps) {
        long seconds = step.toSeconds();
        Instant last = Instant.ofEpochSecond(now.getEpochSecond() / seconds * seconds);
        Instant first = last.minusSeconds(seconds * (steps - 1));
        List<Step> all = counts(first, last, seconds).fetch(row -> step(row, step, now));
        long most = Math.max(1, all.stream().mapToLong(Step::payloads).max().orElse(1));
        List<Bar> bars = IntStream.range(0, all.size())
                .mapToObj(nth -> new Bar(nth, (int) (all.get(nth).payloads() * 100 / most), all.get(nth)))
                .toList();
        return new Chart(
                bars, all.stream().mapToLong(Step::payloads).sum(), all.stream().anyMatch(Step::reckoned));
    }

    /// @param last the step that ends it
    ResultQuery<Record> counts(Instant first, Instant last, long seconds) {
        return db.resultQuery(
                STEPS,
                val(first, SQLDataType.INSTANT),
                val(last, SQLDataType.INSTANT),
                val(seconds),
                val(MOST_COUNTED),
                val(PayloadId.floor(first)),
                val(PayloadId.floor(last.plusSeconds(seconds))));
    }

    private static Step step(Record row, Duration length, Instant now) {
        Instant at = row.get("at", Instant.class);
        long counted = row.get("payloads", Long.class);
        if (counted < MOST_COUNTED) {
            return new Step(at, counted, false);
        }
        Instant last = UuidV7.timeOf(row.get("last", UUID.class));
        long tookMs = Math.max(1, Duration.between(at, last).toMillis());
        long passedMs = Math.min(length.toMillis(), Duration.between(at, now).toMillis()); // of the one that runs
        return new Step(at, Math.max(counted, counted * passedMs / tookMs), true);
    }
}
