package dev.twotick.worker;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;

import dev.twotick.model.queue.PayloadId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Reads from the log what the stream does not carry: bodies over 32 KiB, and which app signed.
record PayloadBodies(DSLContext database) {

    record Logged(byte[] body, String app) {}

    /// @throws org.jooq.exception.DataAccessException when it does not
    void databaseAnswers() {
        database.selectOne().fetch();
    }

    /// @return by payload id, for the deliveries that lack a body or an app; without those that the log lacks too
    Map<UUID, Logged> missingFrom(List<PayloadPipeline.Delivery> deliveries) {
        List<PayloadId> ids = deliveries.stream()
                .map(PayloadPipeline.Delivery::payload)
                .filter(p -> p.body() == null || p.app() == null)
                .map(p -> p.id())
                .toList();
        if (ids.isEmpty()) {
            return Map.of();
        }
        // the bounds keep PostgreSQL to the days that can hold them
        return database.select(PAYLOAD_LOG.ID, PAYLOAD_LOG.BODY, PAYLOAD_LOG.APP)
                .from(PAYLOAD_LOG)
                .where(PAYLOAD_LOG.ID.eq(
                        DSL.any(ids.stream().map(PayloadId::value).toArray(UUID[]::new))))
                .and(PAYLOAD_LOG.ID.between(
                        Collections.min(ids).value(), Collections.max(ids).value()))
                .fetchMap(PAYLOAD_LOG.ID, r -> new Logged(r.value2(), r.value3()));
    }
}
