package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static java.util.stream.Collectors.joining;
import static org.jooq.impl.DSL.arrayRemove;
import static org.jooq.impl.DSL.cardinality;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.twotick.db.HashedId;
import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Called;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Unsaid;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// The row of `hook_endpoint` that an environment speaks of.
final class EnvironmentRow {
    private static final Duration BELIEVED = Duration.ofSeconds(30);
    private static final int REMEMBERED = 32;
    private static final UUID[] NOBODY = {};

    private final EnvironmentHook hook;
    private final Format format;
    private final String takenAway;
    private final Optional<SecretBox> box;
    private final UUID id;
    private final UUID worker = UUID.randomUUID();

    /// @param says the setting that may take it away
    /// @param box there whenever the environment names a secret
    EnvironmentRow(EnvironmentHook hook, Format format, String says, Optional<SecretBox> box) {
        this.hook = hook;
        this.format = format;
        this.takenAway = says + " is none";
        this.box = box;
        this.id = id(hook, format, box);
    }

    /// How it stands after the environment has spoken.
    sealed interface Now {
        /// @param disabledReason why it is not called, if it is not
        record Changed(String host, String what, @Nullable String disabledReason) implements Now {}

        record AsBefore(String host, @Nullable String disabledReason) implements Now {}

        /// Workers live that say something newer.
        record Newer(String host) implements Now {}

        /// No environment has made it.
        record Foreign() implements Now {}

        record Absent() implements Now {}
    }

    /// @param starting a worker that starts finds it free as soon as nobody stands for what holds; one that runs
    ///     waits a while longer, for those that are just started again
    Now say(DSLContext db, boolean starting) {
        return db.transactionResult(transaction -> {
            DSLContext tx = transaction.dsl();
            if (starting && hook instanceof Called called && add(tx, called)) {
                return new Now.Changed(HookUrl.host(called.url().toString()), "added", null);
            }
            Record row = lock(tx, starting ? Duration.ZERO : BELIEVED);
            return row == null ? new Now.Absent() : judge(tx, row);
        });
    }

    private Now judge(DSLContext tx, Record row) {
        UUID holds = row.get(HOOK_ENDPOINT.ENVIRONMENT);
        Now asBefore = new Now.AsBefore(host(row), disabledReason(row));
        if (hook instanceof Unsaid) {
            return asBefore;
        }
        if (holds == null) {
            return new Now.Foreign();
        }
        if (id.equals(holds)) {
            set(tx, standFor(row.get("lives", Boolean.class) ? row.get(HOOK_ENDPOINT.ENVIRONMENT_WORKERS) : NOBODY));
            return asBefore;
        }
        boolean replaced =
                Arrays.asList(row.get(HOOK_ENDPOINT.ENVIRONMENTS_BEFORE)).contains(id);
        if (replaced && row.get("lives", Boolean.class)) {
            return new Now.Newer(host(row));
        }
        return hook instanceof Called called ? call(tx, row, called) : takeAway(tx, row);
    }

    private Now takeAway(DSLContext tx, Record row) {
        hold(tx, row);
        EndpointRows.disable(tx, row.get(HOOK_ENDPOINT.ID), takenAway);
        return new Now.Changed(host(row), "taken away", null);
    }

    private Now call(DSLContext tx, Record row, Called called) {
        String disabled = disabledReason(row);
        String host = HookUrl.host(called.url().toString());
        boolean back = takenAway.equals(disabled);
        boolean url = !called.url().toString().equals(row.get(HOOK_ENDPOINT.URL));
        boolean secret = !hasItsSecrets(row, called);
        boolean other = !format.word.equals(row.get(HOOK_ENDPOINT.FORMAT));
        boolean events = !called.events().equals(Arrays.asList(row.get(HOOK_ENDPOINT.EVENTS)));
        hold(tx, row);
        set(tx, said(called));
        // a word on where to call, and with which secret, is one on a receiver that was given up
        boolean afresh = back || url || secret;
        if (afresh) {
            EndpointRows.enable(tx, row.get(HOOK_ENDPOINT.ID));
        }
        String what = Stream.of(
                        back ? "called again" : "",
                        !url ? "" : host.equals(host(row)) ? "url" : "host, was " + host(row),
                        secret ? "secret" : "",
                        other ? "format" : "",
                        events ? "events" : "")
                .filter(part -> !part.isEmpty())
                .collect(joining("; "));
        return what.isEmpty()
                ? new Now.AsBefore(host, disabled)
                : new Now.Changed(host, what, afresh ? null : disabled);
    }

    /// This worker and these stand for what holds. Of those that died without leaving no more than a few are kept.
    private Map<TableField<?, ?>, Object> standFor(UUID[] others) {
        UUID[] workers = Stream.concat(Arrays.stream(others).filter(each -> !each.equals(worker)), Stream.of(worker))
                .toArray(UUID[]::new);
        return Map.of(
                HOOK_ENDPOINT.ENVIRONMENT_WORKERS,
                Arrays.copyOfRange(workers, Math.max(0, workers.length - REMEMBERED), workers.length),
                HOOK_ENDPOINT.ENVIRONMENT_UNTIL,
                EndpointRows.in(BELIEVED));
    }

    /// No longer stands for what it said. Others may.
    void leave(DSLContext db) {
        Field<UUID[]> others = arrayRemove(HOOK_ENDPOINT.ENVIRONMENT_WORKERS, val(worker));
        db.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ENVIRONMENT_WORKERS, others)
                .set(
                        HOOK_ENDPOINT.ENVIRONMENT_UNTIL,
                        when(cardinality(others).eq(0), EndpointRows.in(Duration.ZERO))
                                .otherwise(HOOK_ENDPOINT.ENVIRONMENT_UNTIL))
                .where(HOOK_ENDPOINT.NAME.eq(hook.name()).and(HOOK_ENDPOINT.ENVIRONMENT.eq(id)))
                .execute();
    }

    private boolean add(DSLContext tx, Called called) {
        return tx.insertInto(HOOK_ENDPOINT)
                        .set(HOOK_ENDPOINT.NAME, hook.name())
                        .set(said(called))
                        .set(HOOK_ENDPOINT.ENVIRONMENT, id)
                        .set(standFor(NOBODY))
                        .onConflictDoNothing()
                        .execute()
                > 0;
    }

    private Map<TableField<?, ?>, Object> said(Called called) {
        SecretBox key = box.orElseThrow();
        Map<TableField<?, ?>, Object> said = new HashMap<>();
        said.put(HOOK_ENDPOINT.URL, called.url().toString());
        said.put(HOOK_ENDPOINT.SECRET, key.seal(called.secrets().getFirst()));
        List<HookSecret> older = called.secrets().subList(1, called.secrets().size());
        said.put(HOOK_ENDPOINT.OLDER_SECRETS, older.stream().map(key::seal).toArray(byte[][]::new));
        said.put(HOOK_ENDPOINT.OLDER_UNTIL, new OffsetDateTime[older.size()]); // until the environment says otherwise
        said.put(HOOK_ENDPOINT.FORMAT, format.word);
        said.put(HOOK_ENDPOINT.EVENTS, called.events().toArray(String[]::new));
        return said;
    }

    /// Its own word is what holds from now on.
    private void hold(DSLContext tx, Record row) {
        UUID[] before = Stream.concat(
                        Arrays.stream(row.get(HOOK_ENDPOINT.ENVIRONMENTS_BEFORE))
                                .filter(each -> !each.equals(id)),
                        Stream.of(row.get(HOOK_ENDPOINT.ENVIRONMENT)))
                .toArray(UUID[]::new);
        set(
                tx,
                Map.of(
                        HOOK_ENDPOINT.ENVIRONMENT,
                        id,
                        HOOK_ENDPOINT.ENVIRONMENTS_BEFORE,
                        Arrays.copyOfRange(before, Math.max(0, before.length - REMEMBERED), before.length)));
        set(tx, standFor(NOBODY));
    }

    private void set(DSLContext tx, Map<? extends TableField<?, ?>, ?> values) {
        tx.update(HOOK_ENDPOINT)
                .set(values)
                .where(HOOK_ENDPOINT.NAME.eq(hook.name()))
                .execute();
    }

    private @Nullable Record lock(DSLContext tx, Duration grace) {
        Field<Boolean> lives = field(
                "coalesce({0} > now() - {1} * interval '1 millisecond', false)",
                SQLDataType.BOOLEAN, HOOK_ENDPOINT.ENVIRONMENT_UNTIL, val(grace.toMillis()));
        return tx.select(HOOK_ENDPOINT.fields())
                .select(lives.as("lives"), HookEndpoints.SIGNED_WITH)
                .from(HOOK_ENDPOINT)
                .where(HOOK_ENDPOINT.NAME.eq(hook.name()))
                .forNoKeyUpdate()
                .fetchOne();
    }

    private boolean hasItsSecrets(Record row, Called called) {
        try {
            return HookEndpoints.secrets(row, box).equals(called.secrets());
        } catch (IllegalArgumentException e) {
            return false; // sealed with another key
        }
    }

    /// What the environment says, as a hash: of a secret it tells nothing without the key.
    private static UUID id(EnvironmentHook hook, Format format, Optional<SecretBox> box) {
        if (!(hook instanceof Called called)) {
            return HashedId.of("environment", "none");
        }
        String secrets = called.secrets().stream()
                .map(secret -> HexFormat.of().formatHex(secret.key()))
                .collect(joining(","));
        String all =
                String.join("\0", called.url().toString(), secrets, String.join(",", called.events()), format.word);
        return HashedId.of(
                "environment", HexFormat.of().formatHex(box.orElseThrow().derive(all)));
    }

    private static String host(Record row) {
        return HookUrl.host(row.get(HOOK_ENDPOINT.URL));
    }

    private static @Nullable String disabledReason(Record row) {
        String reason = Objects.requireNonNullElse(row.get(HOOK_ENDPOINT.DISABLED_REASON), "its row says so");
        return row.get(HOOK_ENDPOINT.ACTIVE) ? null : reason;
    }
}
