/// The stream in: takes entries off `twotick:payloads` in batches, hands them to the door, and acknowledges what came
/// through it.
///
/// Begin with [dev.twotick.worker.consume.StreamConsumer], one thread's loop;
/// [dev.twotick.queue.ConsumerGroup]
/// speaks to Redis for it, [dev.twotick.worker.consume.Batches] bounds what the door gets at a time.
/// [dev.twotick.worker.consume.StreamConsumers] starts several, with one [dev.twotick.worker.consume.Heartbeat] that
/// keeps their entries theirs. Behind [dev.twotick.worker.consume.PayloadDoor] stand interpret, deduplicate and apply.
@NullMarked
package dev.twotick.worker.consume;

import org.jspecify.annotations.NullMarked;
