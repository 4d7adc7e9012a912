package dev.twotick.worker.apply;

import static java.util.stream.Collectors.toSet;

import dev.twotick.db.RowStatement;
import dev.twotick.db.StandingPlan;
import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.people.PeopleLock;
import dev.twotick.worker.privacy.Horizon;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;

/// The first trip of a batch: how its statements are planned, the people lock, and what is read once that is there.
///
/// @param anybodyWasErased so that their facts are to be left out
/// @param forwarded        in which of Meta's forms anybody wants the payloads
/// @param accounts         of the items, as far as they are known
record BatchStart(boolean anybodyWasErased, MetaCalls.Wanted forwarded, Map<String, Accounts.Known> accounts) {
    static final BatchStart WITHOUT_ITEMS = new BatchStart(false, MetaCalls.Wanted.NOTHING, Map.of());

    private static final String PLANS_AND_LOCK = "select " + StandingPlan.SETTINGS + ", " + PeopleLock.SHARED;

    private static final String READ = "select a.*, " + Horizon.ANYBODY_WAS_ERASED + " as anybody_was_erased, "
            + Outbox.META_WANTED + " as meta from (select) as one left join (" + Accounts.SELECT + ") as a on true";

    static BatchStart of(DSLContext tx, List<ApplyItem<?>> items) {
        Set<String> numbers = items.stream().map(ApplyItem::accountId).collect(toSet());
        Map<String, Accounts.Known> accounts = new HashMap<>();
        List<BatchStart> start = RowStatement.of(READ, numbers)
                .texts(number -> number)
                .after(PLANS_AND_LOCK)
                .fetch(tx, row -> {
                    if (row.getString("phone_number_id") != null) {
                        Accounts.Known account = Accounts.Known.of(row);
                        accounts.put(account.number(), account);
                    }
                    return new BatchStart(
                            row.getBoolean("anybody_was_erased"), MetaCalls.Wanted.of(row.getString("meta")), accounts);
                });
        return start.getFirst();
    }
}
