/// `./twotick bench`: how fast Twotick is on this machine, against what the machine could do, against simpler designs
/// and against another build of Twotick, all in one run and in turns.
///
/// Begin at [dev.twotick.bench.Bench]. A [dev.twotick.bench.Scenario] measures one thing and says it in
/// [dev.twotick.bench.Line]s; a [dev.twotick.bench.Stack] is one build's processes on a database of their own;
/// [dev.twotick.bench.Servers] are the stores below all of them. The load comes from [dev.twotick.bench.load], a
/// process of its own; what Twotick is compared with is in [dev.twotick.bench.reference].
///
/// Neighbours: `tools/devstack` starts processes, `tools/stores` brings the stores; Twotick runs from its jars.
@NullMarked
package dev.twotick.bench;

import org.jspecify.annotations.NullMarked;
