/// The one home of table `payload_log`: [dev.twotick.db.payloadlog.PayloadLogRows] writes it for both processes,
/// [dev.twotick.db.payloadlog.LoggedPayloads] reads payloads by their ids, and
/// [dev.twotick.db.payloadlog.SelectedPayloads] walks those that somebody chose. An
/// [dev.twotick.db.payloadlog.IdRange] keeps a query to the days that it needs.
@NullMarked
package dev.twotick.db.payloadlog;

import org.jspecify.annotations.NullMarked;
