package dev.twotick.worker.upkeep;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;

/// What only the database knows and an alarm wants to: for how many days there are partitions, how each endpoint
/// stands, and how long its oldest call is overdue. Asked every 15 s; NaN, and no endpoints, while it cannot be.
final class VitalSigns implements Job {

    /// Of the table with the fewest; less than 0: today has none.
    private static final String DAYS = """
            select min(days) as days from (
                select coalesce(max(to_date(right(part.relname, 8), 'YYYYMMDD')) - (now() at time zone 'UTC')::date, -1)
                    as days
                from pg_partitioned_table t
                join pg_class parent on parent.oid = t.partrelid
                left join pg_inherits i on i.inhparent = parent.oid
                left join pg_class part on part.oid = i.inhrelid and part.relname ~ '_[0-9]{8}$'
                where parent.relnamespace = (select relnamespace from pg_class where oid = 'payload_log'::regclass)
                group by parent.oid) t
            """;

    /// What an endpoint that takes no calls owes is not overdue: somebody said so.
    private static final String ENDPOINTS = """
            select e.name,
                case when not e.active then 'disabled' when e.paused then 'paused'
                    when e.paused_until is not null then 'failing' else 'active' end as state,
                case when e.active and not e.paused
                    then coalesce(greatest(0, extract(epoch from now() - due.first)), 0)::float8 end as overdue
            from hook_endpoint e
            cross join lateral (
                select min(d.next_attempt_at) as first from hook_delivery d
                where d.endpoint_id = e.id and d.next_attempt_at is not null) due
            """;

    private static final List<String> STATES = List.of("active", "failing", "paused", "disabled");

    private final DSLContext db;
    private final MultiGauge states;
    private final MultiGauge overdue;
    private volatile double days = Double.NaN;

    VitalSigns(DSLContext db, MeterRegistry registry) {
        this.db = db;
        Gauge.builder("twotick.partitions.ahead", this, signs -> signs.days)
                .description("days after today for which every table of days has its partition")
                .baseUnit("days")
                .register(registry);
        states = MultiGauge.builder("twotick.hook.endpoints")
                .description("endpoints by state; failing: called only to see whether they still do")
                .register(registry);
        overdue = MultiGauge.builder("twotick.hook.overdue")
                .description("how long an endpoint's oldest call has been due")
                .baseUnit("seconds")
                .register(registry);
    }

    @Override
    public String name() {
        return "signs";
    }

    @Override
    public Duration every() {
        return Duration.ofSeconds(15);
    }

    @Override
    public void run(HeldLock lock) {
        days = db.fetchSingle(DAYS).get("days", Integer.class);
        show(db.fetch(ENDPOINTS));
    }

    @Override
    public void failed() {
        days = Double.NaN;
        states.register(List.of(), true);
        overdue.register(List.of(), true);
    }

    private void show(Result<Record> endpoints) {
        Map<String, Integer> inState =
                endpoints.stream().collect(groupingBy(row -> row.get("state", String.class), summingInt(_ -> 1)));
        states.register(
                STATES.stream()
                        .map(state -> Row.of(Tags.of("state", state), inState.getOrDefault(state, 0)))
                        .toList(),
                true);
        overdue.register(
                endpoints.stream()
                        .filter(row -> row.get("overdue") != null)
                        .map(row -> Row.of(
                                Tags.of("endpoint", row.get("name", String.class)), row.get("overdue", Double.class)))
                        .toList(),
                true);
    }
}
