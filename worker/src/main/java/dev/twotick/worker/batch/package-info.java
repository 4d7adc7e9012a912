/// What the tables of one transaction share: its items, their accounts, the events they raise, and how two
/// statements about one thing become one. It knows no table but `account`, `business` and `waba`.
///
/// Begin with [dev.twotick.worker.batch.Batch]. [dev.twotick.worker.batch.Retries] says what a transaction's
/// failure means. Columns that are stated together are a [dev.twotick.worker.batch.ColumnGroup].
///
/// What makes one statement stronger than another; never when it was received, so no order of arrival matters (what
/// is only kept and decides nothing, such as `message.live_at`, is the first that came: `RowMerge.first`):
///
/// | about | the stronger one has | in memory | in SQL |
/// | --- | --- | --- | --- |
/// | what was stated together | the greater (Meta's time, the word's rank, digest) | `Precedence` | `RowMerge.latest` |
/// | what somebody is called | the greater (time, text) | `DatedText` | `ContactMentions.newer`, `Accounts.later` |
/// | a message's content | the greater (source's rank, time, digest, sender) | `MessageDelta` | `Messages.stronger` |
/// | its edited text, its media | the greater (time, digest), each alone | `MessageDelta.Edit` | `RowMerge.later` |
/// | its status | the greater rank | `MessageDelta.report` | `Messages.progress` |
/// | when it got there, or was revoked | the least time | `MessageDelta` | `RowMerge.least` |
/// | one report of a status | the least (time, digest), whole | `MessageStatuses.Reported` | its `replaceLater` |
/// | its direction | the greater (how sure the source is, word) | `MessageDelta.Heading` | `Messages.heading` |
/// | when somebody signed up | the least time | `SignupSubscriptions.Statement` | its `state` and `insert` |
/// | what has no time of its own | the greater value | `Precedence.greater` | `RowMerge.greatest` |
/// | whose a number is | the newest mention, or a later step | `PersonGroups` | none: settled in memory |
@NullMarked
package dev.twotick.worker.batch;

import org.jspecify.annotations.NullMarked;
