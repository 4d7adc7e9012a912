/// The transaction: a batch of payloads becomes rows, events and outcomes, all or nothing.
///
/// Begin with [dev.twotick.worker.apply.EventApplier], then [dev.twotick.worker.apply.BatchTransaction], the order
/// of tables. What is written is in the rooms: `people`, `messages`, `notices`, `campaigns`; `privacy` says what
/// changes nothing any more; `batch` is what they share.
///
/// ```
///              shared lock of people (none for duplicates alone)
///    batch ─────────────────────────▶ horizon ─▶ tables ─▶ redaction ─▶ outcomes, outbox ─▶ COMMIT ─▶ first calls
///      ▲                                           │
///      │          NeedsSettlement: the batch       │  who is who would change
///      │          changes nobody, rolled back      ▼
///      └──────── COMMIT ◀── settle people ◀── exclusive lock; nothing, if somebody was erased meanwhile
///                                             (again, should that show more: at most 30 times)
///
///    BadData       an item is to blame: halves, until it stands alone and fails     (EventApplier.isolate)
///    Overtaken     somebody was faster: again                                       (batch.Retries)
///    NoPartition   a day is missing: MissingDays makes it, again
///    DataAccessException    StubbornRefusals: refused for no reason of the data? some tries, then as BadData;
///                           else the database is away: thrown, the same batch comes again
/// ```
@NullMarked
package dev.twotick.worker.apply;

import org.jspecify.annotations.NullMarked;
