package dev.twotick.worker.apply;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.messages.MessageRefill;
import dev.twotick.worker.privacy.Horizon;
import java.util.ArrayList;
import java.util.List;
import org.jooq.DSLContext;

/// Payloads that were applied before, again, to nothing but columns that are null: [MessageRefill] says which. No event
/// is raised, no count and no outcome is written, no failure heals; a fact that was never applied stays so.
///
/// What is too old, and what is about the erased, fills nothing: as for [EventApplier], under the same lock.
public final class HistoryRefill {
    private final DSLContext database;
    private final Horizon horizon;

    public HistoryRefill(DSLContext database, Horizon horizon) {
        this.database = database;
        this.horizon = horizon;
    }

    /// Blocks until it is committed; the same again is right.
    ///
    /// @return how often a row lacked something that it has now
    /// @throws dev.twotick.worker.batch.BadData when a value is refused, or code of ours fails: none of these
    ///     payloads may be taken to be filled
    public long fill(List<PayloadWork> payloads) {
        List<ApplyItem<?>> items = new ArrayList<>();
        for (PayloadWork payload : payloads) {
            for (Fact fact : payload.facts()) {
                items.add(new ApplyItem<>(fact, payload));
            }
        }
        long filled = 0;
        for (int from = 0; from < items.size(); from += EventApplier.MAX_FACTS) {
            List<ApplyItem<?>> chunk = items.subList(from, Math.min(items.size(), from + EventApplier.MAX_FACTS));
            for (MessageRefill.Step<?> step : MessageRefill.STEPS) {
                List<ApplyItem<?>> concerned = chunk.stream()
                        .filter(item -> step.concerns(item.fact()))
                        .toList();
                filled += concerned.isEmpty() ? 0 : Retries.transaction(database, tx -> fill(tx, step, concerned));
            }
        }
        return filled;
    }

    private int fill(DSLContext tx, MessageRefill.Step<?> step, List<ApplyItem<?>> items) {
        BatchStart start = BatchStart.of(tx, items);
        List<ApplyItem<?>> within =
                horizon.split(tx, items, start.anybodyWasErased()).within();
        return within.isEmpty() ? 0 : step.fill(tx, within);
    }
}
