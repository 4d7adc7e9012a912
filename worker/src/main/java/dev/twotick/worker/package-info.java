/// The worker: takes payloads off the stream, applies them, makes the hook calls that are owed.
///
/// Begin with [dev.twotick.worker.Worker], the composition root: its constructor lists the stages in the order in which
/// a payload passes them — `consume`, `interpret`, `deduplicate`, `apply`, `outbox`, `deliver`.
@NullMarked
package dev.twotick.worker;

import org.jspecify.annotations.NullMarked;
