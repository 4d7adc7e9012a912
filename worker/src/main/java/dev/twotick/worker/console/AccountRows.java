package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Table `account`, as its operator sees to it: what Meta says of a number, and what the operator says, who alone names
/// it,
/// gives it a token of its own, and binds it to an app.
final class AccountRows {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,32}");
    private static final int LONGEST = 200;

    private static final String LIST = """
            select a.id, a.phone_number_id, a.waba_id, a.display_phone_number, a.name, a.app, a.active, a.discovered,
                a.verify_token <> '' as has_token, b.name as business, a.created_at
            from account a join business b on b.id = a.business_id
            where a.id > {0} order by a.id limit {1}
            """;

    private static final String ONE = """
            select a.id, a.phone_number_id, a.waba_id, a.display_phone_number, a.name, a.app, a.active, a.discovered,
                a.verify_token <> '' as has_token, b.name as business, a.created_at
            from account a join business b on b.id = a.business_id
            where a.phone_number_id = {0}
            """;

    // a step down the index for each field, however many notices there are
    private static final String FIELDS = """
            with recursive seen (field) as (
                (select field from account_notice where account_id = {0} order by field limit 1)
                union all
                select (select n.field from account_notice n where n.account_id = {0} and n.field > seen.field
                        order by n.field limit 1)
                from seen where seen.field is not null)
            select field from seen where field is not null
            union
            select 'messages' where exists (select from conversation where account_id = {0})
            order by field
            """;

    private final DSLContext db;

    AccountRows(DSLContext db) {
        this.db = db;
    }

    /// @param hasToken a token of its own for Meta's handshake, which is never shown
    /// @param discovered added by a payload
    record Account(
            long id,
            String phoneNumberId,
            @Nullable String wabaId,
            @Nullable String displayPhoneNumber,
            @Nullable String name,
            @Nullable String app,
            boolean active,
            boolean discovered,
            boolean hasToken,
            String business,
            Instant createdAt) {}

    /// What the operator says; what is empty is taken away, but for the token.
    ///
    /// @param verifyToken empty: as it was
    /// @param withoutToken it has none of its own any more
    record Said(String name, String app, String verifyToken, boolean withoutToken, boolean active) {
        Said {
            if (name.length() > LONGEST || app.length() > LONGEST || verifyToken.length() > LONGEST) {
                throw new IllegalArgumentException("Something is longer than " + LONGEST + " characters");
            }
        }
    }

    /// @param after an account's id, exclusive
    List<Account> after(long after, int limit) {
        return db.resultQuery(LIST, val(after), val(limit)).fetch(AccountRows::account);
    }

    Optional<Account> find(String phoneNumberId) {
        return db.resultQuery(ONE, val(phoneNumberId)).fetchOptional(AccountRows::account);
    }

    private static Account account(Record row) {
        return new Account(
                row.get("id", Long.class),
                row.get("phone_number_id", String.class),
                row.get("waba_id", String.class),
                row.get("display_phone_number", String.class),
                row.get("name", String.class),
                row.get("app", String.class),
                row.get("active", Boolean.class),
                row.get("discovered", Boolean.class),
                Boolean.TRUE.equals(row.get("has_token", Boolean.class)),
                row.get("business", String.class),
                row.get("created_at", Instant.class));
    }

    /// Meta's names of the webhook fields that have ever told of it.
    List<String> fields(Account account) {
        return db.resultQuery(FIELDS, val(account.id())).fetch(0, String.class);
    }

    /// @return false: it was there already
    boolean add(String phoneNumberId) {
        if (!NUMBER.matcher(phoneNumberId).matches()) {
            throw new IllegalArgumentException("A phone_number_id is digits, as Meta shows it beside the number");
        }
        return db.insertInto(ACCOUNT)
                        .set(ACCOUNT.PHONE_NUMBER_ID, phoneNumberId)
                        .onConflictDoNothing()
                        .execute()
                == 1;
    }

    void change(String phoneNumberId, Said said) {
        var update = db.update(ACCOUNT)
                .set(ACCOUNT.NAME, orNull(said.name()))
                .set(ACCOUNT.APP, orNull(said.app()))
                .set(ACCOUNT.ACTIVE, said.active());
        if (said.withoutToken()) {
            update = update.setNull(ACCOUNT.VERIFY_TOKEN);
        } else if (!said.verifyToken().isEmpty()) {
            update = update.set(ACCOUNT.VERIFY_TOKEN, said.verifyToken());
        }
        update.where(ACCOUNT.PHONE_NUMBER_ID.eq(phoneNumberId)).execute();
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
