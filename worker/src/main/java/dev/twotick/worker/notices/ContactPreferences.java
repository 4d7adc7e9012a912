package dev.twotick.worker.notices;

import static dev.twotick.db.schema.Tables.CONTACT_PREFERENCE;
import static dev.twotick.db.schema.Tables.PREFERENCE_STATEMENT;
import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.Effect.PreferenceStated;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.people.Identity;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;

/// Tables `preference_statement`, what was stated under an id, and `contact_preference`, what follows for the
/// contact that has the id. Of two the one with the greatest [Precedence] stands.
public final class ContactPreferences {

    /// @param identity the strongest id of who stated it
    /// @param contact  whose id that is
    record Statement(
            long accountId, Identity identity, UUID contact, PreferenceStated stated, ApplyItem<Noticed> item) {

        /// Of one second a `stop` stands: who wants no more is not written to by mistake.
        Precedence precedence() {
            return Precedence.of(item)
                    .ranked(
                            switch (stated.value().toLowerCase(Locale.ROOT)) {
                                case "resume" -> 0;
                                case "stop" -> 2;
                                default -> 1; // tomorrow's
                            });
        }
    }

    static void state(DSLContext tx, Collection<Statement> statements) {
        if (!statements.isEmpty()) {
            stateOfIds(tx, statements);
            stateOfContacts(tx, statements);
        }
    }

    private static void stateOfIds(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> n = Unnest.of(latest(statements, Statement::identity))
                .with(PREFERENCE_STATEMENT.ACCOUNT_ID, Statement::accountId)
                .with(PREFERENCE_STATEMENT.KIND, s -> s.identity().kind())
                .with(PREFERENCE_STATEMENT.VALUE, s -> s.identity().value())
                .with(PREFERENCE_STATEMENT.CATEGORY, s -> s.stated().category())
                .with(PREFERENCE_STATEMENT.PREFERENCE, s -> s.stated().value())
                .with(PREFERENCE_STATEMENT.STATED_AT, s -> s.item().item().occurredAt())
                .with(PREFERENCE_STATEMENT.DIGEST, s -> s.precedence().digest())
                .with(PREFERENCE_STATEMENT.PAYLOAD_ID, s -> s.item().payload().id());
        new RowMerge()
                .latest(
                        PREFERENCE_STATEMENT.STATED_AT,
                        PREFERENCE_STATEMENT.DIGEST,
                        PREFERENCE_STATEMENT.PREFERENCE,
                        PREFERENCE_STATEMENT.PAYLOAD_ID)
                .write(
                        tx,
                        PREFERENCE_STATEMENT,
                        n,
                        PREFERENCE_STATEMENT.ACCOUNT_ID,
                        PREFERENCE_STATEMENT.KIND,
                        PREFERENCE_STATEMENT.VALUE,
                        PREFERENCE_STATEMENT.CATEGORY);
    }

    private static void stateOfContacts(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> n = Unnest.of(latest(statements, Statement::contact))
                .with(CONTACT_PREFERENCE.ACCOUNT_ID, Statement::accountId)
                .with(CONTACT_PREFERENCE.CONTACT_ID, Statement::contact)
                .with(CONTACT_PREFERENCE.CATEGORY, s -> s.stated().category())
                .with(CONTACT_PREFERENCE.VALUE, s -> s.stated().value())
                .with(CONTACT_PREFERENCE.STATED_AT, s -> s.item().item().occurredAt())
                .with(CONTACT_PREFERENCE.DIGEST, s -> s.precedence().digest())
                .with(CONTACT_PREFERENCE.PAYLOAD_ID, s -> s.item().payload().id());
        new RowMerge()
                .latest(
                        CONTACT_PREFERENCE.STATED_AT,
                        CONTACT_PREFERENCE.DIGEST,
                        CONTACT_PREFERENCE.VALUE,
                        CONTACT_PREFERENCE.PAYLOAD_ID)
                .write(
                        tx,
                        CONTACT_PREFERENCE,
                        n,
                        CONTACT_PREFERENCE.ACCOUNT_ID,
                        CONTACT_PREFERENCE.CONTACT_ID,
                        CONTACT_PREFERENCE.CATEGORY);
    }

    /// Of what the batch states of one category under one id, or of one contact, that which stands.
    private static Collection<Statement> latest(Collection<Statement> statements, Function<Statement, ?> who) {
        Map<List<?>, Statement> latest = new LinkedHashMap<>();
        for (Statement s : statements) {
            latest.merge(
                    List.of(s.accountId(), who.apply(s), s.stated().category()),
                    s,
                    (one, other) -> Precedence.later(one, other, Statement::precedence));
        }
        return latest.values();
    }

    /// Works out anew what these contacts prefer, after their ids have changed.
    public static void derive(DSLContext tx, Collection<UUID> contacts) {
        tx.execute("""
                with stated as materialized (
                    select distinct on (s.account_id, i.contact_id, s.category) s.account_id, i.contact_id, s.category,
                        s.preference, s.stated_at, s.digest, s.payload_id
                    from contact_identity i
                    join preference_statement s on s.kind = i.kind and s.value = i.value
                    join account a on a.id = s.account_id and a.business_id = i.business_id
                    where i.contact_id = any ({0})
                    order by s.account_id, i.contact_id, s.category, s.stated_at desc nulls last, s.digest desc),
                gone as (
                    delete from contact_preference p
                    where p.contact_id = any ({0}) and not exists (
                        select from stated s where s.account_id = p.account_id and s.contact_id = p.contact_id
                            and s.category = p.category))
                insert into contact_preference
                    (account_id, contact_id, category, value, stated_at, digest, payload_id)
                select * from stated
                on conflict (account_id, contact_id, category) do update
                set value = excluded.value, stated_at = excluded.stated_at, digest = excluded.digest,
                    payload_id = excluded.payload_id
                """, val(contacts.toArray(UUID[]::new)));
    }

    private ContactPreferences() {}
}
