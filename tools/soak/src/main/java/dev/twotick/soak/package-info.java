/// The crash matrix: kills everything, at random moments and at each named step, takes the stores away in every way,
/// and counts afterwards. `./twotick soak`, and its short form in the tests.
///
/// Begin at [dev.twotick.soak.SoakRun]. [dev.twotick.soak.Step] names where processes are killed,
/// [dev.twotick.soak.StoreOutage] what is done to the stores, [dev.twotick.soak.Conductor] says when. The books are
/// those of the client ([dev.twotick.soak.SentBook]) and of the receiver ([dev.twotick.soak.ReceivedBook]);
/// [dev.twotick.soak.Audit] holds them against the tables, and asks Twotick nothing.
///
/// Neighbours: `tools/devstack` starts its processes, `tools/stores` brings its stores; Twotick runs as it is shipped.
@NullMarked
package dev.twotick.soak;

import org.jspecify.annotations.NullMarked;
