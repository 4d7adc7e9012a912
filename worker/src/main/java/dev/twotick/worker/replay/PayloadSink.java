package dev.twotick.worker.replay;

import dev.twotick.queue.QueuedPayload;
import java.util.List;

/// Where an in-process replay hands its payloads: the processor behind the stream, without the stream.
public interface PayloadSink {

    /// Returns when each payload has the outcome that it asks for.
    void process(List<QueuedPayload> payloads) throws InterruptedException;
}
