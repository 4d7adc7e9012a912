package dev.twotick.worker.batch;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static java.time.ZoneOffset.UTC;
import static java.util.stream.Collectors.toSet;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `account`: whom an item belongs to.
public final class Accounts {

    /// @param app the operator's choice: items that another app signed are failed; null: any app may
    public record Account(
            long id, long businessId, @Nullable String app) {
        boolean accepts(ApplyItem<?> item) {
            return app == null
                    || item.isRegistered()
                    || app.equals(item.payload().app());
        }
    }

    /// @param known      every account of the batch that there is now, by phone_number_id
    /// @param discovered of these, the ones that this transaction added
    public record Found(Map<String, Account> known, Set<String> discovered) {}

    /// What one or more items say of an account, by Meta's day (UTC) of it: by day, so that traffic does not update,
    /// and lock, the account's row.
    record Statement(
            String number,
            @Nullable DatedText waba,
            @Nullable DatedText display) {
        static Statement of(Fact.Item item) {
            AccountRef ref = item.account();
            return new Statement(
                    ref.phoneNumberId().value(),
                    onDay(ref.wabaId(), item.occurredAt()),
                    onDay(ref.displayPhoneNumber(), item.occurredAt()));
        }

        private static @Nullable DatedText onDay(@Nullable String text, @Nullable Instant at) {
            return DatedText.of(text, at == null ? null : at.truncatedTo(ChronoUnit.DAYS));
        }

        Statement and(Statement other) {
            return new Statement(number, DatedText.later(waba, other.waba), DatedText.later(display, other.display));
        }

        boolean isNewsTo(Statement known) {
            return !Objects.equals(known, known.and(this));
        }
    }

    /// What is there of an account.
    ///
    /// @param discovered not added by the operator
    public record Known(Account account, Statement said, boolean discovered) {

        /// Of [#SELECT].
        public static Known of(ResultSet row) throws SQLException {
            return new Known(
                    new Account(row.getLong(2), row.getLong(3), row.getString(4)),
                    new Statement(
                            row.getString(1),
                            stated(row.getObject(5, LocalDate.class), row.getString(6)),
                            stated(row.getObject(7, LocalDate.class), row.getString(8))),
                    row.getBoolean(9));
        }

        /// Meta's id of the number.
        public String number() {
            return said.number();
        }

        boolean isBare() {
            return discovered && said.waba() == null;
        }
    }

    /// Those that have one of these numbers.
    public static final String SELECT = """
            select phone_number_id, id, business_id, app, waba_on, waba_id, display_on, display_phone_number, discovered
            from account where phone_number_id = any (?::text[])""";

    /// Finds the batch's accounts, adds the unknown ones if `addUnknown`, and writes down what is newer about
    /// the others.
    ///
    /// @param found those that are known
    static Found find(
            DSLContext tx, Collection<? extends ApplyItem<?>> items, Map<String, Known> found, boolean addUnknown) {
        Map<String, Known> known = new HashMap<>(found);
        Map<String, Statement> said = new TreeMap<>();
        NavigableMap<String, Businesses.Owner> owners = new TreeMap<>();
        for (ApplyItem<?> item : items) {
            Known there = known.get(item.accountId());
            if (there == null || there.account().accepts(item)) {
                said.merge(item.accountId(), Statement.of(item.item()), Statement::and);
                Businesses.Owner owner = Businesses.Owner.of(item);
                String waba = item.item().account().wabaId();
                if (owner != null && waba != null && Businesses.isWaba(waba)) {
                    owners.merge(waba, owner, Businesses.Owner::orLater);
                }
            }
        }
        if (!owners.isEmpty()) {
            Businesses.learn(tx, owners);
        }
        placeThoseWithoutWaba(tx, said.values(), known);
        Set<String> discovered = addUnknown ? add(tx, said.values(), known, Businesses.DEFAULT, true) : Set.of();
        List<Statement> news = said.values().stream()
                .filter(s -> known.containsKey(s.number()))
                .filter(s -> s.isNewsTo(there(known, s).said()))
                .toList();
        if (!news.isEmpty()) {
            update(tx, news);
        }
        return found(known, discovered);
    }

    /// Finds accounts that nothing but their number is known of, and adds those of `wanted` that are not there.
    ///
    /// @param business whose the added ones are: an operator says so, and no payload places them
    public static Found named(DSLContext tx, Set<String> numbers, Set<String> wanted, long business) {
        Map<String, Known> known = new HashMap<>(select(tx, numbers));
        List<Statement> said =
                wanted.stream().map(n -> new Statement(n, null, null)).toList();
        return found(known, add(tx, said, known, business, false));
    }

    /// An account that only its number was known of has nobody's messages yet, so it may still be put in its business.
    private static void placeThoseWithoutWaba(DSLContext tx, Collection<Statement> said, Map<String, Known> known) {
        List<Statement> news = said.stream()
                .filter(s -> Businesses.isWaba(DatedText.text(s.waba())))
                .filter(s -> known.containsKey(s.number()) && there(known, s).isBare())
                .toList();
        if (news.isEmpty()) {
            return;
        }
        Map<String, Long> businesses = businesses(tx, news);
        for (Statement s : news) {
            tx.update(ACCOUNT)
                    .set(ACCOUNT.BUSINESS_ID, businessOf(s, businesses, Businesses.DEFAULT))
                    .where(ACCOUNT.PHONE_NUMBER_ID.eq(s.number()))
                    .and(ACCOUNT.DISCOVERED)
                    .and(ACCOUNT.WABA_ID.isNull())
                    .execute();
        }
        known.putAll(select(tx, news.stream().map(Statement::number).collect(toSet())));
    }

    private static Map<String, Long> businesses(DSLContext tx, Collection<Statement> said) {
        NavigableSet<String> wabas = new TreeSet<>();
        for (Statement s : said) {
            String waba = DatedText.text(s.waba());
            if (waba != null && Businesses.isWaba(waba)) {
                wabas.add(waba);
            }
        }
        return wabas.isEmpty() ? Map.of() : Businesses.of(tx, wabas);
    }

    /// Adds the accounts that are not known to those that are; those without a WABA are the `business`'s.
    private static Set<String> add(
            DSLContext tx, Collection<Statement> said, Map<String, Known> known, long business, boolean discovered) {
        List<Statement> unknown =
                said.stream().filter(s -> !known.containsKey(s.number())).toList();
        if (unknown.isEmpty()) {
            return Set.of();
        }
        Set<String> added = insert(tx, unknown, business, discovered);
        known.putAll(select(tx, unknown.stream().map(Statement::number).collect(toSet())));
        return added;
    }

    private static Found found(Map<String, Known> known, Set<String> discovered) {
        Map<String, Account> accounts = new HashMap<>();
        known.forEach((number, k) -> accounts.put(number, k.account()));
        return new Found(accounts, discovered);
    }

    /// `account.id` of those that are there, by their number's id.
    public static Map<String, Long> ids(DSLContext tx, Set<String> numbers) {
        Map<String, Long> ids = new HashMap<>();
        select(tx, numbers)
                .forEach((number, known) -> ids.put(number, known.account().id()));
        return ids;
    }

    private static Known there(Map<String, Known> known, Statement said) {
        return Objects.requireNonNull(known.get(said.number()));
    }

    private static Map<String, Known> select(DSLContext tx, Set<String> numbers) {
        Map<String, Known> known = new HashMap<>();
        RowStatement.of(SELECT, numbers)
                .texts(number -> number)
                .fetch(tx, Known::of)
                .forEach(account -> known.put(account.number(), account));
        return known;
    }

    private static @Nullable DatedText stated(@Nullable LocalDate day, @Nullable String text) {
        return DatedText.of(text, day == null ? null : day.atStartOfDay(UTC).toInstant());
    }

    private static @Nullable LocalDate day(@Nullable DatedText stated) {
        Instant at = DatedText.time(stated);
        return at == null ? null : LocalDate.ofInstant(at, UTC);
    }

    private static Set<String> insert(DSLContext tx, List<Statement> unknown, long business, boolean discovered) {
        Map<String, Long> businesses = businesses(tx, unknown);
        Unnest<Statement> n = columns(unknown)
                .with(ACCOUNT.DISCOVERED, s -> discovered)
                .with(ACCOUNT.BUSINESS_ID, s -> businessOf(s, businesses, business));
        return tx.insertInto(ACCOUNT, n.columns())
                .select(n.select(ACCOUNT.PHONE_NUMBER_ID))
                .onConflictDoNothing()
                .returningResult(ACCOUNT.PHONE_NUMBER_ID)
                .fetchSet(ACCOUNT.PHONE_NUMBER_ID);
    }

    private static long businessOf(Statement said, Map<String, Long> businesses, long otherwise) {
        String waba = DatedText.text(said.waba());
        return waba == null ? otherwise : businesses.getOrDefault(waba, otherwise);
    }

    /// Rows are locked in the order of their keys, and only those that are still behind.
    private static void update(DSLContext tx, List<Statement> news) {
        Unnest<Statement> n = columns(news);
        Condition waba = later(n, ACCOUNT.WABA_ON, ACCOUNT.WABA_ID);
        Condition display = later(n, ACCOUNT.DISPLAY_ON, ACCOUNT.DISPLAY_PHONE_NUMBER);
        var locked = DSL.name("locked")
                .as(DSL.select(ACCOUNT.ID)
                        .from(ACCOUNT)
                        .join(n.table())
                        .on(ACCOUNT.PHONE_NUMBER_ID.eq(n.get(ACCOUNT.PHONE_NUMBER_ID)))
                        .where(waba.or(display))
                        .orderBy(ACCOUNT.PHONE_NUMBER_ID.collate("C"))
                        .forNoKeyUpdate()
                        .of(ACCOUNT));
        tx.with(locked)
                .update(ACCOUNT)
                .set(ACCOUNT.WABA_ID, DSL.when(waba, n.get(ACCOUNT.WABA_ID)).else_(ACCOUNT.WABA_ID))
                .set(ACCOUNT.WABA_ON, DSL.when(waba, n.get(ACCOUNT.WABA_ON)).else_(ACCOUNT.WABA_ON))
                .set(
                        ACCOUNT.DISPLAY_PHONE_NUMBER,
                        DSL.when(display, n.get(ACCOUNT.DISPLAY_PHONE_NUMBER)).else_(ACCOUNT.DISPLAY_PHONE_NUMBER))
                .set(
                        ACCOUNT.DISPLAY_ON,
                        DSL.when(display, n.get(ACCOUNT.DISPLAY_ON)).else_(ACCOUNT.DISPLAY_ON))
                .from(n.table())
                .where(ACCOUNT.PHONE_NUMBER_ID.eq(n.get(ACCOUNT.PHONE_NUMBER_ID)))
                .and(ACCOUNT.ID.in(DSL.select(DSL.field(DSL.name("locked", "id"), Long.class))
                        .from(locked)))
                .execute();
    }

    private static Condition later(Unnest<Statement> n, TableField<?, LocalDate> day, TableField<?, String> text) {
        return n.get(text)
                .isNotNull()
                .and(DSL.row(orEver(day), RowMerge.textOrEmpty(text))
                        .lt(orEver(n.get(day)), RowMerge.textOrEmpty(n.get(text))));
    }

    private static Field<LocalDate> orEver(Field<LocalDate> day) {
        return DSL.coalesce(day, DSL.field("'-infinity'::date", LocalDate.class));
    }

    private static Unnest<Statement> columns(Collection<Statement> statements) {
        return Unnest.of(statements)
                .with(ACCOUNT.PHONE_NUMBER_ID, Statement::number)
                .with(ACCOUNT.WABA_ID, s -> DatedText.text(s.waba()))
                .with(ACCOUNT.WABA_ON, s -> day(s.waba()))
                .with(ACCOUNT.DISPLAY_PHONE_NUMBER, s -> DatedText.text(s.display()))
                .with(ACCOUNT.DISPLAY_ON, s -> day(s.display()));
    }

    private Accounts() {}
}
