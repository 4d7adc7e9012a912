/// Hook calls owed: events and deliveries are rows, written in the transaction of the fact that owes them.
///
/// Begin with [dev.twotick.worker.outbox.Outbox], which `apply` calls in its transaction. `deliver` reads and
/// finishes what is owed through [dev.twotick.worker.outbox.DeliveryLedger]; [dev.twotick.worker.outbox.Resend]
/// owes old events again. All SQL on the `hook_*` tables lives here. Neighbour: `db`.
@NullMarked
package dev.twotick.worker.outbox;

import org.jspecify.annotations.NullMarked;
