/// Pure meaning: the bytes of a payload become facts. No clock, no I/O, no state; it never throws for content.
///
/// Begin with [dev.twotick.worker.interpret.PayloadInterpreter]; [dev.twotick.worker.interpret.Fact] lists what a
/// payload can say.
/// Next stage: `deduplicate`, then `apply`.
@NullMarked
package dev.twotick.worker.interpret;

import org.jspecify.annotations.NullMarked;
