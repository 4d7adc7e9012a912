/// What is no message: calls, templates, preferences, sign-ups, and every field that has no table of its own.
///
/// The door is [dev.twotick.worker.notices.BatchNotices]: each notice is kept once in `account_notice` and told
/// once; its effect is written by the class named for the table. A new field of Meta's gets an `Effect` in
/// `interpret`, a line in `BatchNotices.effect`, its table's class here, its event in
/// [dev.twotick.worker.notices.NoticeEvents]. [dev.twotick.worker.notices.BatchCalls] goes first: a call may open a
/// conversation's window.
@NullMarked
package dev.twotick.worker.notices;

import org.jspecify.annotations.NullMarked;
