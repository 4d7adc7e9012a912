package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.ACCOUNT_NOTICE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Fact.Noticed;
import java.util.Collection;
import java.util.Set;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.JSON;

/// Table `account_notice`: every fact that has no row of its own.
final class Notices {

    /// @param accountId `account.id` of an item
    /// @return the fact keys that nobody had noticed before
    static Set<String> notice(
            DSLContext tx, Collection<ApplyItem<Noticed>> notices, Function<ApplyItem<Noticed>, Long> accountId) {
        Unnest<ApplyItem<Noticed>> n = Unnest.of(notices)
                .with(ACCOUNT_NOTICE.FACT_KEY, i -> i.item().key())
                .with(ACCOUNT_NOTICE.ACCOUNT_ID, accountId)
                .with(ACCOUNT_NOTICE.FIELD, i -> i.fact().field())
                .with(ACCOUNT_NOTICE.VALUE, i -> JSON.json(i.item().raw()))
                .with(ACCOUNT_NOTICE.OCCURRED_AT, i -> i.item().occurredAt())
                .with(ACCOUNT_NOTICE.PAYLOAD_ID, i -> i.payload().id());
        return tx.insertInto(ACCOUNT_NOTICE, n.columns())
                .select(n.select(ACCOUNT_NOTICE.FACT_KEY))
                .onConflictDoNothing()
                .returningResult(ACCOUNT_NOTICE.FACT_KEY)
                .fetchSet(ACCOUNT_NOTICE.FACT_KEY);
    }

    private Notices() {}
}
