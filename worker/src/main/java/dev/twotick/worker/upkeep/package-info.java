/// Jobs that keep the house in order, each on one worker at a time. `consume` workers host them.
///
/// Begin with [dev.twotick.worker.upkeep.Upkeep], which runs them, and [dev.twotick.worker.upkeep.UpkeepJobs], which
/// lists them: requeue (log rows that the stream lost), to-log (payloads accepted while PostgreSQL was down), given-up,
/// partitions, retention, message moves, campaign counts, bulk resends, calls of removed endpoints.
/// [dev.twotick.worker.upkeep.DatabaseEpoch] watches for a restored database.
@NullMarked
package dev.twotick.worker.upkeep;

import org.jspecify.annotations.NullMarked;
