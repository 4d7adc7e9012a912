package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.FLOW_RESPONSE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.impl.DSL;

/// Table `flow_response`: what people filled in, one row for each message that brought it.
final class FlowResponses {

    record Response(Messages.Row message, long accountId, ApplyItem<FlowCompleted> item) {}

    /// @return the messages of which nobody had told a response before
    static Set<Long> write(DSLContext tx, Collection<Response> responses) {
        Unnest<Response> n = columns(responses);
        Set<Long> first = new HashSet<>(tx.insertInto(FLOW_RESPONSE, n.columns())
                .select(n.select(FLOW_RESPONSE.MESSAGE_ID))
                .onConflictDoNothing()
                .returningResult(FLOW_RESPONSE.MESSAGE_ID)
                .fetch(FLOW_RESPONSE.MESSAGE_ID));
        List<Response> known = responses.stream()
                .filter(r -> !first.contains(r.message().id()))
                .toList();
        if (!known.isEmpty()) {
            replaceEarlier(tx, known);
        }
        return first;
    }

    /// The messages' rows are locked by this transaction, so these need no order.
    private static void replaceEarlier(DSLContext tx, List<Response> responses) {
        Unnest<Response> n = columns(responses);
        Map<Field<?>, Field<?>> contents = new HashMap<>();
        n.columns().forEach(c -> contents.put(c, n.get(c)));
        tx.update(FLOW_RESPONSE)
                .set(contents)
                .from(n.table())
                .where(FLOW_RESPONSE.MESSAGE_ID.eq(n.get(FLOW_RESPONSE.MESSAGE_ID)))
                .and(DSL.row(RowMerge.orEver(FLOW_RESPONSE.COMPLETED_AT), FLOW_RESPONSE.DIGEST)
                        .lt(RowMerge.orEver(n.get(FLOW_RESPONSE.COMPLETED_AT)), n.get(FLOW_RESPONSE.DIGEST)))
                .execute();
    }

    private static Unnest<Response> columns(Collection<Response> responses) {
        return Unnest.of(responses)
                .with(FLOW_RESPONSE.MESSAGE_ID, r -> r.message().id())
                .with(FLOW_RESPONSE.ACCOUNT_ID, Response::accountId)
                .with(FLOW_RESPONSE.NAME, r -> r.item().fact().name())
                .with(FLOW_RESPONSE.FLOW_TOKEN, r -> r.item().fact().flowToken())
                .with(
                        FLOW_RESPONSE.RESPONSE,
                        r -> JSON.jsonOrNull(r.item().fact().response()))
                .with(FLOW_RESPONSE.COMPLETED_AT, r -> r.item().item().occurredAt())
                .with(FLOW_RESPONSE.DIGEST, r -> r.item().item().digest())
                .with(FLOW_RESPONSE.PAYLOAD_ID, r -> r.item().payload().id());
    }

    private FlowResponses() {}
}
