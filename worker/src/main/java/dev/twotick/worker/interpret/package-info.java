/// Pure meaning: the bytes of a payload become facts. No clock, no I/O, no state; it never throws for content.
///
/// Begin with [dev.twotick.worker.interpret.PayloadInterpreter]; [dev.twotick.worker.interpret.Fact] lists what a
/// payload can say.
///
/// ```
///   PayloadInterpreter ─▶ PayloadReader   envelope: entries, changes; what no reader takes is kept whole
///                           ├─ the value is one thing ─▶ TemplateReader, or a notice
///                           └─ the value has lists ─▶ ItemLists, by field ─▶ MessageReader, StatusReader,
///                                                     HistoryReader, CallReader, PreferenceReader, …
///   Place: where an item stands, who is named beside it (ContactsOfValue)      FactList: all that was found
/// ```
///
/// A new field: a line in `ItemLists`, a reader; without a reader it is a notice already. Has it an effect, then a
/// case of `Fact.Effect`; the compiler asks `notices.BatchNotices`, `people.BatchPeople` and `PersonIds` about it.
/// Beside the way: `Redaction` and `PersonIds` for `privacy`, `RecipientLine` for `campaigns`. Next stage:
/// `deduplicate`, then `apply`.
@NullMarked
package dev.twotick.worker.interpret;

import org.jspecify.annotations.NullMarked;
