/// The stream in: takes entries off `twotick:payloads` in batches, hands them to the processor, and acknowledges what
/// it has committed.
///
/// Begin with [dev.twotick.worker.consume.StreamConsumer], one thread's loop; [dev.twotick.queue.ConsumerGroup]
/// speaks to Redis for it, [dev.twotick.worker.consume.Batches] bounds what the processor gets at a time.
/// [dev.twotick.worker.consume.StreamConsumers] starts several, with one [dev.twotick.worker.consume.Heartbeat] that
/// keeps their entries theirs. Behind [dev.twotick.worker.consume.PayloadProcessor] stand interpret, deduplicate and
/// apply.
@NullMarked
package dev.twotick.worker.consume;

import org.jspecify.annotations.NullMarked;
