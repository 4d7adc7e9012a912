/// Live events: sockets on the console's port, at `/ws`.
///
/// ```
/// Redis "twotick:applied" ─▶ AppliedSignals ─wakes─▶ LiveFeed ─reads─▶ EventFeed (once for all) ─▶ LiveSocket × n
/// ```
///
/// Begin with [dev.twotick.worker.console.live.LiveFeed]. A signal says only that there is something; what it is,
/// and in which order, the events' table says, so that a signal that is lost costs a second and no frame.
@NullMarked
package dev.twotick.worker.console.live;

import org.jspecify.annotations.NullMarked;
