package dev.twotick.soak;

import dev.twotick.devstack.Program;
import java.nio.file.Path;
import java.time.Duration;

/// What a run is asked to do.
///
/// @param folder   for the stores' data and all logs; the run's alone
/// @param seed     of what is posted and of what is done when
/// @param rate     new payloads a second
/// @param time     how long things are killed; in the short form the longest that it may take
/// @param patience how long everything may take to be applied and sent, after the last kill
/// @param ordeal   what is done
/// @param shortForm each step once, one kill of each kind, some outages; production's patience is shortened
record SoakSettings(
        Path folder,
        long seed,
        int rate,
        Duration time,
        Duration patience,
        Ordeal ordeal,
        boolean shortForm,
        Program ingest,
        Program worker) {

    enum Ordeal {
        /// Kills and outages.
        KILLS,
        /// Failovers of a master with two replicas behind three Sentinels.
        SENTINELS,
        /// Failovers of three masters with a replica each, whose slots move.
        CLUSTER,
        /// The loss of everything at once, with a standby that takes over.
        SITES
    }
}
