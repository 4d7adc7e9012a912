/// The contract between the two processes: what ingest puts onto the Redis streams and worker takes off them.
///
/// Begin with [dev.twotick.model.queue.QueuedPayload], one entry; [dev.twotick.model.queue.PayloadStreams] names the
/// streams.
@NullMarked
package dev.twotick.model.queue;

import org.jspecify.annotations.NullMarked;
