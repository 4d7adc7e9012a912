package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.noCondition;

import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.EndpointRefused.Why;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Endpoints as their owners see to them: made, shown, changed, taken away. Running workers read the table every
/// second, and so a change holds for them within two. An endpoint is named by its name or its id.
///
/// One that an environment names is what its workers say: here it is paused, resumed, disabled and enabled, and
/// nothing else.
public final class Endpoints {
    private static final int MOST_SECRETS = 10;
    private static final long MOST_COUNTED = 10_000;
    private static final String[] USUAL_FIELDS = {"messages"};
    // a transaction that began before an endpoint was disabled, or ended after it was enabled, may have passed it by
    private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(1);

    private final DSLContext db;
    private final HookSettings settings;
    private final HookEndpoints endpoints;

    public Endpoints(DSLContext db, HookSettings settings) {
        this.db = db;
        this.settings = settings;
        this.endpoints = new HookEndpoints(settings.box(), settings.timeout(), settings.longestTimeout());
    }

    /// One of the format `standard`; else as the next.
    public HookSecret add(EndpointForm form) {
        return add(form, Format.STANDARD.word);
    }

    /// @param format `standard` or `meta`, for good; the latter is told of the field `messages`, unless the form says
    ///     others
    /// @return its secret, which nobody is shown again
    /// @throws BadEndpoint for all that is wrong with it
    /// @throws EndpointRefused when there is one of that name
    public HookSecret add(EndpointForm form, String format) {
        Problems problems = new Problems();
        @Nullable Format judged = problems.parsed("format", () -> Format.of(format));
        @Nullable Map<Field<?>, @Nullable Object> columns = problems.parsed("", () -> columns(form));
        if (form.name() == null) {
            problems.add("name", "is missing");
        }
        if (form.url() == null) {
            problems.add("url", "is missing");
        }
        if (judged != null) {
            problems.unlessParsed("", () -> form.refuseOutOfPlace(judged));
        }
        if (judged == Format.META && settings.apps().get().isEmpty()) {
            problems.add(
                    "TWOTICK_APP_SECRETS",
                    "is not set: calls of the format meta are signed with them; the workers need them too");
        }
        problems.throwIfAny();
        HookSecret secret = HookSecret.random();
        Map<Field<?>, @Nullable Object> row = new HashMap<>(Objects.requireNonNull(columns));
        row.put(HOOK_ENDPOINT.FORMAT, Objects.requireNonNull(judged).word);
        row.put(HOOK_ENDPOINT.SECRET, box().seal(secret));
        if (judged == Format.META && !row.containsKey(HOOK_ENDPOINT.FIELDS)) {
            row.put(HOOK_ENDPOINT.FIELDS, USUAL_FIELDS);
        }
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            refusingTakenNames(() -> {
                UUID id = tx.insertInto(HOOK_ENDPOINT)
                        .set(row)
                        .returningResult(HOOK_ENDPOINT.ID)
                        .fetchSingle()
                        .value1();
                EndpointRows.chooseMetaParts(tx, id);
            });
        });
        return secret;
    }

    /// Changes what the form says, and leaves the rest. Another URL is called afresh, however the last one failed.
    ///
    /// @throws BadEndpoint for all that is wrong with it, also when it says nothing
    /// @throws EndpointRefused when there is none, when it is an environment's, or there is another of that name
    public void set(String which, EndpointForm form) {
        Map<Field<?>, @Nullable Object> columns = columns(form);
        if (columns.isEmpty()) {
            throw new BadEndpoint(List.of("nothing is said of what to change"));
        }
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            Record row = editable(tx, which);
            UUID id = row.get(HOOK_ENDPOINT.ID);
            form.refuseOutOfPlace(Format.of(row.get(HOOK_ENDPOINT.FORMAT)));
            refusingTakenNames(() -> tx.update(HOOK_ENDPOINT)
                    .set(columns)
                    .where(HOOK_ENDPOINT.ID.eq(id))
                    .execute());
            EndpointRows.chooseMetaParts(tx, id);
            if (form.url() != null) {
                EndpointRows.closeCircuit(tx, id);
            }
        });
    }

    /// By name.
    public List<EndpointView> list() {
        return EndpointRows.fetch(db, noCondition(), settings.box());
    }

    /// As [#list], for a page that is looked at again and again: it costs the same however many calls wait, since no
    /// more are counted than [#counted] says.
    public List<EndpointView> glance() {
        return EndpointRows.fetch(db, noCondition(), settings.box(), MOST_COUNTED);
    }

    /// As [#glance()].
    public EndpointView glance(String which) {
        return EndpointRows.fetch(db, named(which), settings.box(), MOST_COUNTED).stream()
                .findFirst()
                .orElseThrow(() -> noSuch(which));
    }

    /// A count of [#glance()] in words.
    public static String counted(long calls) {
        return calls < MOST_COUNTED ? Long.toString(calls) : MOST_COUNTED + " or more";
    }

    /// Names of those to which calls are owed, without the counts.
    public List<String> called() {
        return db.select(HOOK_ENDPOINT.NAME)
                .from(HOOK_ENDPOINT)
                .where(HOOK_ENDPOINT.ACTIVE)
                .orderBy(HOOK_ENDPOINT.NAME)
                .fetch(HOOK_ENDPOINT.NAME);
    }

    public EndpointView show(String which) {
        return EndpointRows.fetch(db, named(which), settings.box()).stream()
                .findFirst()
                .orElseThrow(() -> noSuch(which));
    }

    /// What went wrong at it lately, the newest first.
    public List<FailedAttempt> failures(String which, int limit) {
        return FailedAttempt.latest(db, id(which), limit);
    }

    /// Its calls that were given up, the latest first.
    ///
    /// @param from the `next` of the page before; empty: the first page
    /// @throws IllegalArgumentException when that is no place
    public DeadCalls dead(String which, Optional<String> from, int most) {
        return DeadCalls.page(db, id(which), from, most);
    }

    public UUID id(String which) {
        return db.select(HOOK_ENDPOINT.ID)
                .from(HOOK_ENDPOINT)
                .where(named(which))
                .fetchOptional(HOOK_ENDPOINT.ID)
                .orElseThrow(() -> noSuch(which));
    }

    /// For a call that is no event's.
    ///
    /// @throws IllegalArgumentException when its secrets do not open
    public Endpoint opened(String which) {
        return endpoints.one(db, named(which)).orElseThrow(() -> noSuch(which));
    }

    /// Its calls are owed, and wait.
    public void pause(String which) {
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            setPaused(tx, lockCalled(tx, which, "it is not called"), true);
        });
    }

    /// What waits is called, also if it had paused of its own accord because it failed.
    public void resume(String which) {
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            UUID id = lockCalled(tx, which, "enable it, which also says what it was not told");
            setPaused(tx, id, false);
            EndpointRows.closeCircuit(tx, id);
        });
    }

    /// No calls are owed to it from now on, and none is made.
    public void disable(String which, String reason) {
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            Record row = lock(tx, which);
            if (row.get(HOOK_ENDPOINT.ACTIVE)) {
                EndpointRows.disable(tx, row.get(HOOK_ENDPOINT.ID), reason);
            }
        });
    }

    /// What had waited when it was disabled is called, and what is raised from now on.
    ///
    /// @return since when it was not told of what it wants; none: it was not disabled
    public Optional<Instant> enable(String which) {
        return db.transactionResult(transaction -> {
            DSLContext tx = transaction.dsl();
            Record row = lock(tx, which);
            if (row.get(HOOK_ENDPOINT.ACTIVE)) {
                return Optional.empty();
            }
            setPaused(tx, row.get(HOOK_ENDPOINT.ID), false);
            EndpointRows.enable(tx, row.get(HOOK_ENDPOINT.ID));
            return Optional.ofNullable(row.get(HOOK_ENDPOINT.DISABLED_AT))
                    .map(at -> at.minus(LONGEST_TRANSACTION).truncatedTo(ChronoUnit.SECONDS));
        });
    }

    /// A new secret signs, and the ones before beside it for so long.
    ///
    /// @return the new one, which nobody is shown again
    public HookSecret rotate(String which, Duration grace) {
        if (grace.isNegative()) {
            throw new BadEndpoint(List.of("grace is less than nothing"));
        }
        HookSecret secret = HookSecret.random();
        byte[] sealed = box().seal(secret);
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            UUID id = editable(tx, which).get(HOOK_ENDPOINT.ID);
            if (EndpointRows.rotate(tx, id, sealed, grace) > MOST_SECRETS) {
                throw new EndpointRefused(
                        Why.TOO_MANY_SECRETS,
                        "endpoint " + which + " has " + MOST_SECRETS + " secrets that sign: a shorter grace ends the"
                                + " older ones sooner");
            }
        });
        return secret;
    }

    /// It is gone with all that is owed to it; attempts stay until their retention is over. From its commit on nobody
    /// calls it: what a death behind that leaves, a worker takes away.
    ///
    /// @param withCalls also when calls wait, or were given up
    /// @return how many of these are gone
    public long remove(String which, boolean withCalls) {
        UUID id = db.transactionResult(transaction -> {
            DSLContext tx = transaction.dsl();
            Record row = lock(tx, which);
            if (row.get(HOOK_ENDPOINT.ENVIRONMENT) != null && row.get("spoken_for", Boolean.class)) {
                throw ofTheEnvironment(row);
            }
            UUID found = row.get(HOOK_ENDPOINT.ID);
            EndpointView view = EndpointRows.fetch(tx, HOOK_ENDPOINT.ID.eq(found), settings.box())
                    .getFirst();
            if (!withCalls && view.waiting() + view.dead() + view.parked() > 0) {
                throw new EndpointRefused(
                        Why.CALLS_WAIT,
                        "endpoint " + view.name() + " is owed " + view.waiting() + " calls, and "
                                + (view.dead() + view.parked()) + " were given up: they would be gone with it");
            }
            tx.deleteFrom(HOOK_ENDPOINT).where(HOOK_ENDPOINT.ID.eq(found)).execute();
            return found;
        });
        return new RemovedEndpoints(db).removeCalls(id);
    }

    private Record editable(DSLContext tx, String which) {
        Record row = lock(tx, which);
        if (row.get(HOOK_ENDPOINT.ENVIRONMENT) != null) {
            throw ofTheEnvironment(row);
        }
        return row;
    }

    private static EndpointRefused ofTheEnvironment(Record row) {
        boolean alerts = AlertSettings.NAME.equals(row.get(HOOK_ENDPOINT.NAME));
        String url = alerts ? AlertSettings.URL : "TWOTICK_HOOK_URL";
        return new EndpointRefused(
                Why.OF_THE_ENVIRONMENT,
                "endpoint " + row.get(HOOK_ENDPOINT.NAME) + " is what "
                        + (alerts
                                ? "TWOTICK_ALERT_URL and TWOTICK_ALERT_FORMAT"
                                : "TWOTICK_HOOK_URL, TWOTICK_HOOK_SECRET and TWOTICK_HOOK_EVENTS")
                        + " of the workers say, who would say it again: change them there; " + url
                        + "=none takes it away");
    }

    private static Condition named(String which) {
        return HOOK_ENDPOINT
                .NAME
                .eq(which)
                .or(HOOK_ENDPOINT.ID.cast(SQLDataType.CLOB).eq(which));
    }

    private static Record lock(DSLContext tx, String which) {
        return tx.select(HOOK_ENDPOINT.fields())
                .select(field("coalesce(environment_until > now(), false)", SQLDataType.BOOLEAN)
                        .as("spoken_for"))
                .from(HOOK_ENDPOINT)
                .where(named(which))
                .forUpdate()
                .fetchOptional()
                .orElseThrow(() -> noSuch(which));
    }

    /// @param instead what becomes of a disabled one, or what to do
    private static UUID lockCalled(DSLContext tx, String which, String instead) {
        Record row = lock(tx, which);
        if (!row.get(HOOK_ENDPOINT.ACTIVE)) {
            throw new EndpointRefused(
                    Why.DISABLED, "endpoint " + row.get(HOOK_ENDPOINT.NAME) + " is disabled: " + instead);
        }
        return row.get(HOOK_ENDPOINT.ID);
    }

    private static EndpointRefused noSuch(String which) {
        return new EndpointRefused(
                Why.NO_SUCH_ENDPOINT, "no endpoint is called " + which + ", or has that id; see: worker endpoint list");
    }

    private static void setPaused(DSLContext tx, UUID id, boolean paused) {
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.PAUSED, paused)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
    }

    private static void refusingTakenNames(Runnable write) {
        try {
            write.run();
        } catch (IntegrityConstraintViolationException e) {
            if (!"23505".equals(e.sqlState())) {
                throw e;
            }
            throw new EndpointRefused(Why.NAME_TAKEN, "there is an endpoint of that name: choose another");
        }
    }

    private Map<Field<?>, @Nullable Object> columns(EndpointForm form) {
        return form.columns(box(), settings.longestTimeout());
    }

    private SecretBox box() {
        return settings.box()
                .orElseThrow(() -> new BadEndpoint(List.of("TWOTICK_ENCRYPTION_KEY is not set: it keeps secrets sealed,"
                        + " and must be the workers' own; make one with: openssl rand -base64 32")));
    }
}
