package dev.twotick.worker.batch;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static dev.twotick.db.schema.Tables.BUSINESS;
import static dev.twotick.db.schema.Tables.WABA;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Tables `business` and `waba`: whose a WhatsApp Business Account is. Business-scoped ids belong to a portfolio
/// of Meta's; two people of different portfolios who are taken for one business's would take each other's numbers
/// away at every message. So each new one is a business of its own, but the first, which is the default one's, those
/// whose owner is known to have a business here, and those of which the operator has placed a number. Nothing is
/// ever moved by what Meta says: `accounts.AccountMove` does that.
public final class Businesses {
    public static final long DEFAULT = 1;

    /// What Meta's test button has for every account.
    private static final String NONE = "0";

    /// @param at Meta's time
    record Owner(String portfolioId, @Nullable Instant at) {
        static @Nullable Owner of(ApplyItem<?> item) {
            String portfolio = item.item().account().portfolioId();
            return portfolio == null ? null : new Owner(portfolio, item.item().occurredAt());
        }

        Owner orLater(Owner other) {
            return DatedText.TIME.compare(other.at, at) > 0 ? other : this;
        }
    }

    /// Whether an account can be told by it.
    public static boolean isWaba(@Nullable String wabaId) {
        return wabaId != null && !wabaId.equals(NONE);
    }

    /// Writes down who owns which, as far as it is news.
    static void learn(DSLContext tx, NavigableMap<String, Owner> owners) {
        NavigableMap<String, Owner> news = new TreeMap<>(owners);
        tx.select(WABA.WABA_ID, WABA.PORTFOLIO_AT)
                .from(WABA)
                .where(WABA.WABA_ID.eq(DSL.any(owners.navigableKeySet().toArray(String[]::new))))
                .and(WABA.PORTFOLIO_ID.isNotNull())
                .forEach(row -> news.computeIfPresent(
                        row.value1(),
                        (waba, owner) -> DatedText.TIME.compare(owner.at(), row.value2()) > 0 ? owner : null));
        if (news.isEmpty()) {
            return;
        }
        lock(tx);
        news.forEach((waba, owner) -> {
            Long known = tx.select(DSL.min(WABA.BUSINESS_ID))
                    .from(WABA)
                    .where(WABA.PORTFOLIO_ID.eq(owner.portfolioId()))
                    .fetchSingle()
                    .value1();
            place(tx, waba, known);
            tx.update(WABA)
                    .set(WABA.PORTFOLIO_ID, owner.portfolioId())
                    .set(WABA.PORTFOLIO_AT, owner.at())
                    .where(WABA.WABA_ID.eq(waba))
                    // another worker may have written since it was looked at
                    .and(WABA.PORTFOLIO_ID
                            .isNull()
                            .or(RowMerge.orEver(WABA.PORTFOLIO_AT)
                                    .lt(RowMerge.orEver(DSL.val(owner.at(), WABA.PORTFOLIO_AT)))))
                    .execute();
        });
    }

    /// The business of each, of new ones too.
    static Map<String, Long> of(DSLContext tx, NavigableSet<String> wabas) {
        Map<String, Long> businesses = known(tx, wabas);
        if (businesses.size() < wabas.size()) {
            lock(tx);
            wabas.forEach(waba -> place(tx, waba, null));
            businesses = known(tx, wabas);
        }
        return businesses;
    }

    /// Those that an operator speaks of: this account's, or this one; all where neither is named.
    ///
    /// @throws IllegalArgumentException when there is no such account or business
    public static List<Long> named(DSLContext database, Optional<String> account, Optional<Long> business) {
        List<Long> named = database.select(BUSINESS.ID)
                .from(BUSINESS)
                .where(account.map(number -> BUSINESS.ID.in(DSL.select(ACCOUNT.BUSINESS_ID)
                                .from(ACCOUNT)
                                .where(ACCOUNT.PHONE_NUMBER_ID.eq(number))))
                        .orElse(DSL.trueCondition()))
                .and(business.map(BUSINESS.ID::eq).orElse(DSL.trueCondition()))
                .orderBy(BUSINESS.ID)
                .fetch(BUSINESS.ID);
        if (named.isEmpty()) {
            throw new IllegalArgumentException("there is no such account or business here");
        }
        return named;
    }

    /// The only one that has accounts, or that will have the first; empty where there are several.
    public static Optional<Long> only(DSLContext database) {
        List<Long> ids =
                database.selectDistinct(ACCOUNT.BUSINESS_ID).from(ACCOUNT).fetch(ACCOUNT.BUSINESS_ID);
        return ids.size() > 1 ? Optional.empty() : Optional.of(ids.isEmpty() ? DEFAULT : ids.getFirst());
    }

    /// The one that is spoken of: this account's, or this one, else the only one that has accounts. Empty where
    /// there are several.
    ///
    /// @throws IllegalArgumentException when there is no such account or business
    public static Optional<Long> meant(DSLContext database, Optional<String> account, Optional<Long> business) {
        return account.isPresent() || business.isPresent()
                ? Optional.of(named(database, account, business).getFirst())
                : only(database);
    }

    /// By id or name; a new one where there is none.
    public static long findOrMake(DSLContext tx, String idOrName) {
        lock(tx);
        Long known = tx.select(DSL.min(BUSINESS.ID))
                .from(BUSINESS)
                .where(BUSINESS.NAME
                        .eq(idOrName)
                        .or(BUSINESS.ID.cast(String.class).eq(idOrName)))
                .fetchSingle()
                .value1();
        return known != null ? known : make(tx, idOrName);
    }

    /// Under the lock, so that what is not there stays so.
    private static void place(DSLContext tx, String waba, @Nullable Long business) {
        if (tx.fetchExists(WABA, WABA.WABA_ID.eq(waba))) {
            return;
        }
        Long known = business != null ? business : ofItsNumbers(tx, waba);
        long placed = known != null ? known : tx.fetchExists(WABA) ? make(tx, "waba:" + waba) : DEFAULT;
        tx.insertInto(WABA, WABA.WABA_ID, WABA.BUSINESS_ID).values(waba, placed).execute();
    }

    private static @Nullable Long ofItsNumbers(DSLContext tx, String waba) {
        return tx.select(DSL.min(ACCOUNT.BUSINESS_ID))
                .from(ACCOUNT)
                .where(ACCOUNT.WABA_ID.eq(waba))
                .fetchSingle()
                .value1();
    }

    private static long make(DSLContext tx, String name) {
        return tx.insertInto(BUSINESS, BUSINESS.NAME)
                .values(name)
                .returningResult(BUSINESS.ID)
                .fetchSingle()
                .value1();
    }

    /// Whether these are written down, all of them.
    public static boolean areThere(DSLContext tx, Set<Long> ids) {
        return tx.fetchCount(BUSINESS, BUSINESS.ID.in(ids)) == ids.size();
    }

    /// The business of those that are known.
    public static Map<String, Long> known(DSLContext tx, Collection<String> wabas) {
        return tx.select(WABA.WABA_ID, WABA.BUSINESS_ID)
                .from(WABA)
                .where(WABA.WABA_ID.eq(DSL.any(wabas.toArray(String[]::new))))
                .fetchMap(WABA.WABA_ID, WABA.BUSINESS_ID);
    }

    /// New ones are rare.
    private static void lock(DSLContext tx) {
        tx.execute("select pg_advisory_xact_lock(hashtext('twotick.businesses'))");
    }

    private Businesses() {}
}
