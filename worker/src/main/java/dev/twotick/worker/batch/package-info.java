/// What the tables of one transaction share: its items, their accounts, the events they raise, and how two
/// statements about one thing become one. It knows no table but `account`, `business` and `waba`.
///
/// Begin with [dev.twotick.worker.batch.Batch]. [dev.twotick.worker.batch.Retries] says what a transaction's
/// failure means.
///
/// What makes one statement stronger than another; never when it was received, so no order of arrival matters:
///
/// | about | the stronger one has | in memory | in SQL |
/// | --- | --- | --- | --- |
/// | what was stated together | the greater (Meta's time, the word's rank, digest) | `Precedence` | `RowMerge.latest` |
/// | what somebody is called | the greater (Meta's time, text) | `DatedText` | a row comparison |
/// | a message's content | the greater (source's rank, time, digest, sender) | `MessageDelta` | `Messages.stronger` |
/// | a message's status | the greater rank | `MessageStatus` | `Messages.progress` |
/// | a message's direction | the greater (how sure the source is, word) | `MessageDelta.Heading` | `Messages.heading` |
/// | times of statuses, sign-ups | the least | `MessageStatuses.Reported` | `RowMerge.least` |
/// | what has no time of its own | the greater value | `Precedence.greater` | `RowMerge.greatest` |
/// | whose a number is | the newest mention with it | `PersonGroups` | none: people are settled in memory |
@NullMarked
package dev.twotick.worker.batch;

import org.jspecify.annotations.NullMarked;
