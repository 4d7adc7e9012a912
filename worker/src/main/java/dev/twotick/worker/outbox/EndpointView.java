package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// An endpoint as people and programs are shown it: no secret, and of its headers the names.
///
/// @param format `standard` or `meta`
/// @param accounts empty: all
/// @param fields of the format `meta`: Meta's; empty: all
/// @param oneItem of the format `meta`: a call for each item
/// @param batch as many events go in one call; null: a call is an event
/// @param ordered the calls of a conversation are made one after the other
/// @param allowNets private ranges that it may be in, besides those that are open to all
/// @param finalCodes a call that is answered so is not made again
/// @param state what an operator, 410 or long failure made of it
/// @param reason why it is disabled
/// @param fromEnvironment it is what its workers' `TWOTICK_HOOK_*` say
/// @param failingSince first failure since the last success
/// @param pausedUntil of its own accord, because it fails
/// @param secretsUntil when each older secret that still signs ends; an empty one ends when it is replaced
/// @param waiting calls that are owed to it
/// @param dead calls that were given up
/// @param parked calls that were laid aside for what they hold
public record EndpointView(
        UUID id,
        String name,
        String url,
        String description,
        Endpoint.Format format,
        List<String> events,
        List<String> accounts,
        List<String> fields,
        boolean oneItem,
        List<String> headers,
        @Nullable Integer concurrency,
        @Nullable Integer rate,
        @Nullable Integer batch,
        @Nullable Integer timeoutMs,
        List<Integer> finalCodes,
        boolean ordered,
        List<String> allowNets,
        State state,
        @Nullable String reason,
        @Nullable Instant disabledAt,
        boolean fromEnvironment,
        @Nullable Instant failingSince,
        @Nullable Instant pausedUntil,
        List<Optional<Instant>> secretsUntil,
        long waiting,
        long dead,
        long parked,
        Instant createdAt) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /// What it is told of: event globs, or of format `meta` Meta's fields.
    public String told(String separator) {
        return format == Endpoint.Format.META
                ? "meta: " + (fields.isEmpty() ? "all" : String.join(separator, fields))
                : String.join(separator, events);
    }

    public enum State {
        ACTIVE("active"),
        /// Calls are owed, and wait.
        PAUSED("paused"),
        /// No calls are owed, and none made.
        DISABLED("disabled");

        public final String word;

        State(String word) {
            this.word = word;
        }
    }

    public EndpointView {
        events = List.copyOf(events);
        accounts = List.copyOf(accounts);
        fields = List.copyOf(fields);
        headers = List.copyOf(headers);
        finalCodes = List.copyOf(finalCodes);
        allowNets = List.copyOf(allowNets);
        secretsUntil = List.copyOf(secretsUntil);
    }

    static EndpointView of(Record row, List<String> headers) {
        String[] accounts = row.get(HOOK_ENDPOINT.ACCOUNTS);
        String[] fields = row.get(HOOK_ENDPOINT.FIELDS);
        return new EndpointView(
                row.get(HOOK_ENDPOINT.ID),
                row.get(HOOK_ENDPOINT.NAME),
                row.get(HOOK_ENDPOINT.URL),
                row.get(HOOK_ENDPOINT.DESCRIPTION),
                Endpoint.Format.of(row.get(HOOK_ENDPOINT.FORMAT)),
                Arrays.asList(row.get(HOOK_ENDPOINT.EVENTS)),
                accounts == null ? List.of() : Arrays.asList(accounts),
                fields == null ? List.of() : Arrays.asList(fields),
                row.get(HOOK_ENDPOINT.ONE_ITEM),
                headers,
                row.get(HOOK_ENDPOINT.CONCURRENCY),
                row.get(HOOK_ENDPOINT.RATE),
                row.get(HOOK_ENDPOINT.BATCH),
                row.get(HOOK_ENDPOINT.TIMEOUT_MS),
                List.of(row.get(HOOK_ENDPOINT.FINAL_CODES)),
                row.get(HOOK_ENDPOINT.ORDERED),
                List.of(row.get(HOOK_ENDPOINT.ALLOW_NETS)),
                !row.get(HOOK_ENDPOINT.ACTIVE)
                        ? State.DISABLED
                        : row.get(HOOK_ENDPOINT.PAUSED) ? State.PAUSED : State.ACTIVE,
                row.get(HOOK_ENDPOINT.DISABLED_REASON),
                row.get(HOOK_ENDPOINT.DISABLED_AT),
                row.get(HOOK_ENDPOINT.ENVIRONMENT) != null,
                row.get(HOOK_ENDPOINT.FAILING_SINCE),
                row.get(HOOK_ENDPOINT.PAUSED_UNTIL),
                Stream.of(row.get("signs_until", OffsetDateTime[].class))
                        .map(until -> Optional.ofNullable(until).map(OffsetDateTime::toInstant))
                        .toList(),
                row.get("waiting", Long.class),
                row.get("dead", Long.class),
                row.get("parked", Long.class),
                row.get(HOOK_ENDPOINT.CREATED_AT));
    }

    /// Of all, as one array.
    public static String json(List<EndpointView> endpoints) {
        return JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(endpoints.stream().map(EndpointView::map).toList());
    }

    public String json() {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(map());
    }

    private Map<String, @Nullable Object> map() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", id.toString());
        map.put("name", name);
        map.put("url", url);
        map.put("description", description);
        map.put("format", format.word);
        map.put("events", events);
        map.put("accounts", accounts.isEmpty() ? null : accounts);
        if (format == Endpoint.Format.META) {
            map.put("fields", fields.isEmpty() ? null : fields);
            map.put("one_item", oneItem);
        }
        map.put("headers", headers);
        map.put("concurrency", concurrency);
        map.put("rate", rate);
        map.put("batch", batch);
        map.put("timeout_ms", timeoutMs);
        map.put("final_codes", finalCodes);
        map.put("ordered", ordered);
        map.put("allow_nets", allowNets);
        map.put("state", state.word);
        map.put("reason", reason);
        map.put("disabled_at", text(disabledAt));
        map.put("from", fromEnvironment ? "environment" : "command");
        map.put("failing_since", text(failingSince));
        map.put("paused_until", text(pausedUntil));
        map.put(
                "older_secrets_until",
                secretsUntil.stream().map(until -> text(until.orElse(null))).toList());
        map.put("waiting", waiting);
        map.put("dead", dead);
        map.put("parked", parked);
        map.put("created_at", text(createdAt));
        return map;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
