package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;

/// Table `payload_log`, which nothing ever changes, except that a person's items can be taken out of it.
final class LoggedBody {

    /// @param without the new body, or empty to leave it
    /// @return whether it was written anew
    static boolean rewrite(DSLContext tx, UUID payload, Function<byte[], Optional<byte[]>> without) {
        byte[] body = tx.select(PAYLOAD_LOG.BODY)
                .from(PAYLOAD_LOG)
                .where(PAYLOAD_LOG.ID.eq(payload))
                .forUpdate()
                .fetchOne(PAYLOAD_LOG.BODY);
        Optional<byte[]> rest = body == null ? Optional.empty() : without.apply(body);
        rest.ifPresent(bytes -> tx.update(PAYLOAD_LOG)
                .set(PAYLOAD_LOG.BODY, bytes)
                .where(PAYLOAD_LOG.ID.eq(payload))
                .execute());
        return rest.isPresent();
    }

    private LoggedBody() {}
}
