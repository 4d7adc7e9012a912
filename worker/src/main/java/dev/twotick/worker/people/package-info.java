/// Who is who: contacts, and which of Meta's ids each has. It knows no message.
///
/// The door is [dev.twotick.worker.people.People].
///
/// ```
///   contact_mention   "named together": wa_id + user_id + …, at Meta's time   ─┐   what was said, only ever added
///   contact_change    "this id became that one"                               ─┘
///          │ LinkedIdentities: all that has to do with the batch's ids
///          ▼
///   PersonGroups      which ids are one person: a pure function of the above
///          │ ContactAssignment: which contact each group is; the oldest that is there
///          ▼
///   contact_identity, contact     derived; whatever belongs to an id follows it: Belongings
/// ```
///
/// [dev.twotick.worker.people.Contacts] is the fast way, under the shared lock: strangers get a contact, and ids
/// that one contact has lead to it. [dev.twotick.worker.people.SettlementCheck] tells whether what the batch says
/// may change who is who; then [dev.twotick.worker.people.Settlement] goes first, alone.
/// docs/decisions/people-are-derived-from-mentions.md says why.
@NullMarked
package dev.twotick.worker.people;

import org.jspecify.annotations.NullMarked;
