/// From the log onto the stream again: what both replay and upkeep's requeue need, and replay itself.
///
/// Begin with [dev.twotick.worker.replay.Replay]. [dev.twotick.worker.replay.StreamFeed] is the window through which
/// replay and requeue push, so that neither delays live traffic; [dev.twotick.db.payloadlog.LoggedPayloads] and
/// [dev.twotick.worker.replay.PayloadOutcomes] read their tables.
@NullMarked
package dev.twotick.worker.replay;

import org.jspecify.annotations.NullMarked;
