package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.Resend.Counts;
import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.Resend.State;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// A bulk resend as people and programs are shown it.
///
/// @param endpoint its name; of one that is gone its id
/// @param type a glob
/// @param ids of these events alone; empty: of all
/// @param accounts of these `phone_number_id`s alone; empty: of all
/// @param from of what was raised since, inclusive
/// @param before exclusive
/// @param rate calls owed in a second; null: as the endpoint takes them
/// @param at when the event was raised that was looked at last
/// @param movedAt when that was
public record ResendView(
        long id,
        String endpoint,
        String type,
        List<UUID> ids,
        List<String> accounts,
        Optional<Long> conversation,
        Only only,
        Instant from,
        Instant before,
        @Nullable Integer rate,
        State state,
        Instant at,
        Counts counts,
        Instant startedAt,
        Instant movedAt,
        @Nullable Instant finishedAt) {

    private static final JsonMapper JSON = JsonMapper.shared();

    public ResendView {
        ids = List.copyOf(ids);
        accounts = List.copyOf(accounts);
    }

    ResendView(
            long id,
            String endpoint,
            ResendScope scope,
            @Nullable Integer rate,
            State state,
            Instant at,
            Counts counts,
            Instant startedAt,
            Instant movedAt,
            @Nullable Instant finishedAt) {
        this(
                id,
                endpoint,
                scope.type(),
                List.copyOf(scope.ids()),
                List.copyOf(scope.accounts()),
                scope.conversation(),
                scope.only(),
                scope.from(),
                scope.before(),
                rate,
                state,
                at,
                counts,
                startedAt,
                movedAt,
                finishedAt);
    }

    /// By time: nobody knows how many events are left.
    public int percent() {
        if (state == State.DONE) {
            return 100;
        }
        long whole = before.toEpochMilli() - from.toEpochMilli();
        return whole <= 0 ? 0 : Math.clamp((at.toEpochMilli() - from.toEpochMilli()) * 100 / whole, 0, 99);
    }

    /// Of all, as one array.
    public static String json(List<ResendView> resends) {
        return JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(resends.stream().map(ResendView::members).toList());
    }

    /// As programs see it, on the command line and through the API.
    public Map<String, @Nullable Object> members() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", id);
        map.put("endpoint", endpoint);
        map.put("state", state.word());
        map.put("percent", percent());
        map.put("events", counts.events());
        map.put("calls", counts.calls());
        map.put("owed", counts.owed());
        map.put("type", type);
        map.put("ids", ids.isEmpty() ? null : ids.stream().map(UUID::toString).toList());
        map.put("accounts", accounts.isEmpty() ? null : accounts);
        map.put("conversation", conversation.orElse(null));
        map.put("only", only.word());
        map.put("since", from.toString());
        map.put("until", before.toString());
        map.put("rate", rate);
        map.put("at", at.toString());
        map.put("started_at", startedAt.toString());
        map.put("moved_at", movedAt.toString());
        map.put("finished_at", finishedAt == null ? null : finishedAt.toString());
        return map;
    }
}
