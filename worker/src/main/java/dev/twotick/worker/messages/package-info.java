/// Messages, what was reported of them, and the conversations that they stand in.
///
/// A batch's door is [dev.twotick.worker.messages.BatchMessages]: what it says of messages.
/// [dev.twotick.worker.messages.MessageDelta] folds it for one message, [dev.twotick.worker.messages.Messages]
/// merges that with the row, by the same rules. An unread count or a window is wrong:
/// [dev.twotick.worker.messages.Conversations], by what [dev.twotick.worker.messages.ConversationChanges] tells it.
/// An event: `MessageEvents`. When an id changes hands: [dev.twotick.worker.messages.ConversationHandover] now,
/// [dev.twotick.worker.messages.MisplacedMessages] page by page, [dev.twotick.worker.messages.ReadMarks] so that
/// the unread stay unread. A call may open a window, too: `notices`, `BatchCalls`. Tables of their own:
/// `MessageStatuses`, `Reactions`, `FlowResponses`. An event whose content came before its placeholder is told from
/// the row: `StandingContents`.
///
/// `message.told` has a bit for each source and kind that has told of a message
/// ([dev.twotick.worker.messages.ToldBit]); a bit that a batch adds raises its event, once. `message.news`, which
/// nobody reads later, is what the last statement added:
///
/// | bits | `told` and `news`: told by | `news` alone | |
/// | --- | --- | --- | --- |
/// | 0–4 | the live source: content, reaction, edit, revoke, system | 26 | it counted as unread before |
/// | 5–9 | an echo, likewise | 27 | its content came |
/// | 10–14 | standby, likewise | 28 | its content was replaced by a stronger one |
/// | 15–19 | history, likewise; raises nothing | 29 | it proved to go the other way |
/// | 20, 25, 30, 21 | a placeholder, by the live source, an echo, standby, history | | |
/// | 22, 23, 24 | an edit that cannot be read, by the live source, an echo, standby | | |
@NullMarked
package dev.twotick.worker.messages;

import org.jspecify.annotations.NullMarked;
