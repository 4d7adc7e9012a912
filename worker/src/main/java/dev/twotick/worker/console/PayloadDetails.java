package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.PAYLOAD_FAILURE;
import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.console.PayloadDetail.Failure;
import dev.twotick.worker.console.PayloadDetail.Outcome;
import dev.twotick.worker.outbox.CallRecords;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Record;

/// One payload, from all tables that know of it.
final class PayloadDetails {
    private static final int SHOWN_BYTES = 256 * 1024;
    private static final int MOST_OUTCOMES = 20;
    private static final int MOST_FAILURES = 200;
    private static final int MOST_WAMIDS = 3;
    private static final Pattern WAMID = Pattern.compile("\"(wamid\\.[^\"\\\\\\s]{1,500})\"");

    private final DSLContext db;
    private final PayloadRows rows;
    private final CallRecords calls;

    PayloadDetails(DSLContext db, PayloadRows rows) {
        this.db = db;
        this.rows = rows;
        this.calls = new CallRecords(db);
    }

    /// The exact bytes that Meta sent.
    Optional<byte[]> body(UUID id) {
        return db.select(PAYLOAD_LOG.BODY)
                .from(PAYLOAD_LOG)
                .where(PAYLOAD_LOG.ID.eq(id))
                .fetchOptional(PAYLOAD_LOG.BODY);
    }

    Optional<PayloadDetail> of(UUID id) {
        return rows.logged(id).map(this::detail);
    }

    private PayloadDetail detail(Record logged) {
        PayloadRow row = PayloadRow.of(logged);
        byte[] body = logged.get(PAYLOAD_LOG.BODY);
        boolean whole = body.length <= SHOWN_BYTES;
        String text = new String(body, 0, Math.min(body.length, SHOWN_BYTES), UTF_8);
        List<Outcome> outcomes = outcomes(row.id());
        return new PayloadDetail(
                row,
                IndentedJson.of(text),
                whole,
                HexFormat.of().formatHex(logged.get(PAYLOAD_LOG.SIGNATURE)),
                outcomes,
                failures(row.id()),
                calls.ofPayload(
                        row.id(), outcomes.stream().map(Outcome::finishedAt).toList(), new MetaForms(body)::has),
                WAMID.matcher(text)
                        .results()
                        .map(match -> match.group(1))
                        .distinct()
                        .limit(MOST_WAMIDS)
                        .toList());
    }

    private List<Outcome> outcomes(UUID id) {
        return db.selectFrom(PAYLOAD_OUTCOME)
                .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(id))
                .orderBy(PAYLOAD_OUTCOME.ATTEMPT.desc())
                .limit(MOST_OUTCOMES)
                .fetch(row -> new Outcome(
                        row.get(PAYLOAD_OUTCOME.ATTEMPT),
                        row.get(PAYLOAD_OUTCOME.STATE),
                        row.get(PAYLOAD_OUTCOME.EVENTS),
                        row.get(PAYLOAD_OUTCOME.EVENTS)
                                - row.get(PAYLOAD_OUTCOME.DUPLICATES)
                                - row.get(PAYLOAD_OUTCOME.EXPIRED),
                        row.get(PAYLOAD_OUTCOME.EXPIRED),
                        row.get(PAYLOAD_OUTCOME.ERROR),
                        row.get(PAYLOAD_OUTCOME.FINISHED_AT)));
    }

    private List<Failure> failures(UUID id) {
        return db.selectFrom(PAYLOAD_FAILURE)
                .where(PAYLOAD_FAILURE.PAYLOAD_ID.eq(id))
                .orderBy(PAYLOAD_FAILURE.ITEM)
                .limit(MOST_FAILURES)
                .fetch(row -> new Failure(
                        row.get(PAYLOAD_FAILURE.ITEM),
                        row.get(PAYLOAD_FAILURE.ERROR),
                        row.get(PAYLOAD_FAILURE.RAW),
                        row.get(PAYLOAD_FAILURE.FAILED_AT),
                        row.get(PAYLOAD_FAILURE.HEALED_AT),
                        row.get(PAYLOAD_FAILURE.RETRY_AT)));
    }
}
