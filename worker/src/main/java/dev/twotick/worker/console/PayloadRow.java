package dev.twotick.worker.console;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A payload in a list: what the log and its last outcome say of it.
///
/// @param state received, processed, failed; or duplicate, when all that is in it was known before
record PayloadRow(
        UUID id,
        Instant receivedAt,
        int bytes,
        String app,
        String state,
        int events,
        int duplicates,
        int expired,
        @Nullable String error,
        List<String> fields,
        List<String> accounts) {

    static PayloadRow of(Record row) {
        String state = row.get("state", String.class);
        int events = number(row, "events");
        int duplicates = number(row, "duplicates");
        boolean nothingNew = state.equals("processed") && events > 0 && events == duplicates;
        return new PayloadRow(
                row.get("id", UUID.class),
                row.get("received_at", Instant.class),
                row.get("bytes", Integer.class),
                row.get("app", String.class),
                nothingNew ? "duplicate" : state,
                events,
                duplicates,
                number(row, "expired"),
                row.get("error", String.class),
                texts(row, "fields"),
                texts(row, "accounts"));
    }

    private static int number(Record row, String column) {
        Integer number = row.get(column, Integer.class);
        return number == null ? 0 : number;
    }

    private static List<String> texts(Record row, String column) {
        String[] texts = row.get(column, String[].class);
        return texts == null ? List.of() : Arrays.asList(texts);
    }
}
