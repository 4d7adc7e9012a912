package dev.twotick.worker.apply;

import dev.twotick.worker.apply.Messages.Row;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The statuses that a batch reports: their own rows, and their events. How far they bring a message,
/// [Messages] knows.
final class BatchStatuses {

    /// One status of one message, after its message was written.
    record Reported(Row message, long accountId, ApplyItem<StatusReported> item) {
        MessageStatuses.Key key() {
            return new MessageStatuses.Key(
                    message.id(), item.fact().status(), item.fact().participant());
        }

        /// The one with the least (Meta's time, digest); without a time it is the last.
        static Reported earlier(Reported one, Reported other) {
            return MessageStatuses.isEarlier(other.item, one.item) ? other : one;
        }
    }

    static void write(Batch batch, BatchMessages messages) {
        Map<MessageStatuses.Key, Reported> reported = new LinkedHashMap<>();
        for (MessageDelta message : messages.all()) {
            for (ApplyItem<StatusReported> item : message.statuses) {
                Reported status = new Reported(messages.row(message), message.accountId, item);
                reported.merge(status.key(), status, Reported::earlier);
            }
        }
        if (reported.isEmpty()) {
            return;
        }
        Set<MessageStatuses.Key> first = MessageStatuses.report(batch.tx(), reported.values());
        reported.forEach((key, status) -> {
            if (first.contains(key)) {
                batch.fresh(status.item());
                batch.raise(Events.reported(status));
            }
        });
    }

    private BatchStatuses() {}
}
