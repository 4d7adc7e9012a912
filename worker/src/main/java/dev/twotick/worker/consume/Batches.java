package dev.twotick.worker.consume;

import java.util.ArrayList;
import java.util.List;

/// Cuts what one read brought into what the processor may get at a time.
///
/// @param maxPayloads in a batch
/// @param maxBytes    in a batch; a single longer payload goes alone
record Batches(int maxPayloads, int maxBytes) {

    /// What a body that is only in the log is charged: it is longer than an inline one, and may be 3 MiB.
    private static final int CHARGE_OF_LOGGED_BODY = 512 * 1024;

    /// In the order given; entries that must be alone come after all others, in batches of one.
    List<List<StreamEntry>> of(List<StreamEntry> entries) {
        List<List<StreamEntry>> batches = new ArrayList<>();
        List<StreamEntry> batch = new ArrayList<>();
        int bytes = 0;
        for (StreamEntry entry : entries) {
            if (entry.mustBeAlone()) {
                continue;
            }
            int charge = charge(entry);
            if (!batch.isEmpty() && (batch.size() == maxPayloads || bytes + charge > maxBytes)) {
                batches.add(List.copyOf(batch));
                batch.clear();
                bytes = 0;
            }
            batch.add(entry);
            bytes += charge;
        }
        if (!batch.isEmpty()) {
            batches.add(List.copyOf(batch));
        }
        entries.stream().filter(StreamEntry::mustBeAlone).map(List::of).forEach(batches::add);
        return batches;
    }

    private static int charge(StreamEntry entry) {
        byte[] body = entry.payload().body();
        return body == null ? CHARGE_OF_LOGGED_BODY : body.length;
    }
}
