/// Redis, as both processes know it: what ingest puts onto the streams and worker takes off them, and how either finds
/// the master.
///
/// Begin with [dev.twotick.queue.QueuedPayload], one entry, [dev.twotick.queue.Partition], one stream, and
/// [dev.twotick.queue.RedisKeys], every name.
/// [dev.twotick.queue.StreamWrite] appends an entry, [dev.twotick.queue.ConsumerGroup] reads and acknowledges,
/// [dev.twotick.queue.StreamState] tells what the stream holds, and [dev.twotick.queue.ToLogEntries] is the way of what
/// waits for the log. [dev.twotick.queue.RedisConnections] opens whatever speaks to Redis,
/// [dev.twotick.queue.Sentinels] or [dev.twotick.queue.ClusterNodes] say where the master is, and
/// [dev.twotick.queue.Replicas] whether all others have a write.
@NullMarked
package dev.twotick.queue;

import org.jspecify.annotations.NullMarked;
