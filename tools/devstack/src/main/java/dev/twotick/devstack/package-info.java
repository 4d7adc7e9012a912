/// Everything on one machine: what `./twotick up` and `./twotick send` do.
///
/// Begin at [Up], which starts things in the order in which data flow back: stores, schema, ingest and worker.
/// [Home] is the folder with all that lasts, [StackSettings] what the processes are told, [Child] one process,
/// [Supervisor] the watch over all of them and the order in which they end. [Send] posts signed samples to a
/// running stack, [Listen] is the other end of its hooks, [Check] tries the way from Meta to it.
///
/// Neighbours: `tools/stores` brings PostgreSQL and Redis; ingest and worker run as processes of their own, from jars.
@NullMarked
package dev.twotick.devstack;

import org.jspecify.annotations.NullMarked;
