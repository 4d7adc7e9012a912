package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.AccountRef;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `account`: whom an item belongs to.
final class Accounts {

    /// @param app the operator's choice: items that another app signed are failed; null: any app may
    record Account(long id, long businessId, @Nullable String app) {}

    /// @param known      every account of the batch that there is now, by phone_number_id
    /// @param discovered of these, the ones that this transaction added
    record Found(Map<String, Account> known, Set<String> discovered) {}

    /// Finds the batch's accounts, and adds the unknown ones if `addUnknown`.
    static Found find(DSLContext tx, Collection<AccountRef> refs, boolean addUnknown) {
        Map<String, AccountRef> byNumber =
                refs.stream().collect(toMap(r -> r.phoneNumberId().value(), r -> r, Accounts::moreTelling));
        Map<String, Account> known = select(tx, byNumber.keySet());
        List<AccountRef> unknown = byNumber.values().stream()
                .filter(r -> !known.containsKey(r.phoneNumberId().value()))
                .toList();
        if (unknown.isEmpty() || !addUnknown) {
            return new Found(known, Set.of());
        }
        Set<String> discovered = insert(tx, unknown);
        Map<String, Account> all = new HashMap<>(known);
        all.putAll(
                select(tx, unknown.stream().map(r -> r.phoneNumberId().value()).collect(toSet())));
        return new Found(all, discovered);
    }

    /// `account.id` of those that are there, by their number's id.
    static Map<String, Long> known(DSLContext tx, Set<String> numbers) {
        Map<String, Long> ids = new HashMap<>();
        select(tx, numbers).forEach((number, account) -> ids.put(number, account.id()));
        return ids;
    }

    private static Map<String, Account> select(DSLContext tx, Set<String> numbers) {
        return tx.select(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.ID, ACCOUNT.BUSINESS_ID, ACCOUNT.APP)
                .from(ACCOUNT)
                .where(ACCOUNT.PHONE_NUMBER_ID.eq(DSL.any(numbers.toArray(String[]::new))))
                .fetchMap(ACCOUNT.PHONE_NUMBER_ID, r -> new Account(r.value2(), r.value3(), r.value4()));
    }

    private static Set<String> insert(DSLContext tx, List<AccountRef> unknown) {
        Unnest<AccountRef> n = Unnest.of(unknown)
                .with(ACCOUNT.PHONE_NUMBER_ID, r -> r.phoneNumberId().value())
                .with(ACCOUNT.WABA_ID, AccountRef::wabaId)
                .with(ACCOUNT.DISPLAY_PHONE_NUMBER, AccountRef::displayPhoneNumber)
                .with(ACCOUNT.DISCOVERED, r -> true);
        return tx.insertInto(ACCOUNT, n.columns())
                .select(n.select(ACCOUNT.PHONE_NUMBER_ID))
                .onConflictDoNothing()
                .returningResult(ACCOUNT.PHONE_NUMBER_ID)
                .fetchSet(ACCOUNT.PHONE_NUMBER_ID);
    }

    private static AccountRef moreTelling(AccountRef one, AccountRef other) {
        return one.displayPhoneNumber() != null ? one : other;
    }

    private Accounts() {}
}
