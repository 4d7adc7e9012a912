/// The state: one transaction for a batch of payloads, set-based statements, tables always in the same order.
///
/// Begin with [dev.twotick.worker.apply.EventApplier] (splits, retries, isolates the bad item), then
/// [dev.twotick.worker.apply.BatchTransaction] (the transaction itself). A class whose name is a
/// table's, in the plural, writes that table; a `Batch…` gathers what one batch has for several. Where a batch
/// changes who is who, people have a transaction before that one: [dev.twotick.worker.people.Contacts] sends for
/// it, [dev.twotick.worker.people.Settlement] is it, [dev.twotick.worker.people.PersonGroups] computes it. Before:
/// `interpret`, `deduplicate`. The hook calls that a fact owes go into `outbox`, in the same transaction.
@NullMarked
package dev.twotick.worker.apply;

import org.jspecify.annotations.NullMarked;
