package dev.twotick.worker.consume;

import dev.twotick.queue.Hint;
import java.util.List;

/// Where a batch goes to be applied. Behind it stand the stages from interpret to outbox; in front of it the consumers,
/// and a replay that does without the stream.
public interface PayloadProcessor {

    /// Returns when every payload of the list has its outcome committed; outages of the database are waited out inside.
    /// Entries come in stream order, at most [ConsumeSettings#maxPayloads] and [ConsumeSettings#maxBytes] of inline
    /// bodies; bodies that are not inline are still to be read from the log, and bounded, by the processor.
    ///
    /// @param attempts hears of each attempt at the list, between which an outage is waited out
    /// @return what Redis is to be told when it hears that they are done
    /// @throws InterruptedException when the process ends first. Nothing of the list is then acknowledged: payloads
    /// that have an outcome already will come again, and find it
    /// @throws SetAside when the only entry of the list is to come again later
    Hint process(List<StreamEntry> entries, Attempts attempts) throws InterruptedException;
}
