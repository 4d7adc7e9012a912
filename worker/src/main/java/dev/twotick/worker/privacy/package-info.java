/// What is forgotten, and what is shown to the person whom it is about.
///
/// ```
///   --forget ─▶ ForgetRun ─▶ DataSubject (who: ids, contacts, accounts) ─▶ Erasure ─▶ Tombstones (hashes, for ever)
///   --export ─▶ ExportRun ─▶ DataSubject ─▶ DataExport                      │              │
///                              inside logged payloads: interpret.Redaction ◀┤              │
///   upkeep ─▶ OldMessages ──────────────────────────────▶ MessageRemoval ◀──┘              │
///   every batch ─▶ Horizon: older than the retention, or about the erased? changes nothing ◀┘
/// ```
///
/// Something is left of somebody: [dev.twotick.worker.privacy.DataSubject] says where a person's data is, for both
/// runs; whom a fact is about, `interpret.PersonIds`. Somebody comes back: [dev.twotick.worker.privacy.Horizon].
/// docs/privacy.md is the promise.
@NullMarked
package dev.twotick.worker.privacy;

import org.jspecify.annotations.NullMarked;
