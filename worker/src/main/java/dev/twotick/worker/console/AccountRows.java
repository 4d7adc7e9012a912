package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Table `account`, as its operator sees to it: what Meta says of a number, and what the operator says, who alone
/// names it, gives it a token of its own, and binds it to an app.
public final class AccountRows {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,32}");
    private static final int LONGEST = 200;

    private static final String COLUMNS = """
            select a.id, a.phone_number_id, a.waba_id, a.display_phone_number, a.name, a.app, a.active, a.discovered,
                a.verify_token <> '' as has_token, b.name as business, a.created_at,
                (select h.accepted_at from handshake h where h.token_hash = case when a.verify_token <> ''
                    then sha256(convert_to(a.verify_token, 'UTF8')) else '' end) as handshake_at
            from account a join business b on b.id = a.business_id
            """;

    private static final String LIST = COLUMNS + "where a.id > {0} order by a.id limit {1}";

    private static final String ONE = COLUMNS + "where a.phone_number_id = {0}";

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

    public AccountRows(DSLContext db) {
        this.db = db;
    }

    /// @param hasToken a token of its own for Meta's handshake, which is never shown again
    /// @param handshakeAt when Meta's handshake came last: with its own token, else with the installation's
    /// @param discovered added by a payload
    public record Account(
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
            @Nullable Instant handshakeAt,
            Instant createdAt) {}

    /// What the operator says; what is empty is taken away, but for the token.
    ///
    /// @param verifyToken empty: as it was
    /// @param withoutToken it has none of its own any more
    record Said(String name, String app, String verifyToken, boolean withoutToken, boolean active) {
        Said {
            checked(name);
            checked(app);
            checked(verifyToken);
        }

        Changes changes() {
            String token = withoutToken ? "" : verifyToken.isEmpty() ? null : verifyToken;
            return new Changes(name, app, token, active);
        }
    }

    /// What the operator says now; null: it stays, empty: it is taken away.
    public record Changes(
            @Nullable String name,
            @Nullable String app,
            @Nullable String verifyToken,
            @Nullable Boolean active) {
        public Changes {
            checked(name);
            checked(app);
            checked(verifyToken);
        }
    }

    private static void checked(@Nullable String said) {
        if (said != null && (said.length() > LONGEST || said.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("Something is longer than " + LONGEST + " characters");
        }
    }

    /// @param after an account's id, exclusive
    public List<Account> after(long after, int limit) {
        return db.resultQuery(LIST, val(after), val(limit)).fetch(AccountRows::account);
    }

    public Optional<Account> find(String phoneNumberId) {
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
                row.get("handshake_at", Instant.class),
                row.get("created_at", Instant.class));
    }

    /// Meta's names of the webhook fields that have ever told of it.
    public List<String> fields(Account account) {
        return db.resultQuery(FIELDS, val(account.id())).fetch(0, String.class);
    }

    /// @return false: it was there already
    public boolean add(String phoneNumberId) {
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
        set(phoneNumberId, said.changes());
    }

    /// @return false: there is no such account
    public boolean set(String phoneNumberId, Changes changes) {
        Map<Field<?>, @Nullable Object> said = new HashMap<>();
        if (changes.name() != null) {
            said.put(ACCOUNT.NAME, orNull(changes.name()));
        }
        if (changes.app() != null) {
            said.put(ACCOUNT.APP, orNull(changes.app()));
        }
        if (changes.verifyToken() != null) {
            said.put(ACCOUNT.VERIFY_TOKEN, orNull(changes.verifyToken()));
        }
        if (changes.active() != null) {
            said.put(ACCOUNT.ACTIVE, changes.active());
        }
        if (said.isEmpty()) {
            throw new IllegalArgumentException("Nothing is said to be changed");
        }
        return db.update(ACCOUNT)
                        .set(said)
                        .where(ACCOUNT.PHONE_NUMBER_ID.eq(phoneNumberId))
                        .execute()
                == 1;
    }

    /// Another token of its own, at random: from now on no handshake is accepted with the one before.
    ///
    /// @return to be shown once; nothing: there is no such account
    public Optional<SecretToken> rotate(String phoneNumberId) {
        SecretToken token = SecretToken.random();
        return set(phoneNumberId, new Changes(null, null, token.text(), null)) ? Optional.of(token) : Optional.empty();
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
