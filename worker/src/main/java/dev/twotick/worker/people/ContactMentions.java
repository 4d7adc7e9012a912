package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT_MENTION;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.DatedText;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/// Table `contact_mention`: what is known of people. Insert, and greatest by Meta's time: it never forgets,
/// and no order of arrival shows in it.
final class ContactMentions {

    // No indexed column changes, so the update stays on its page.
    static final String STATE = """
            insert into contact_mention as m (
                business_id, wa_id, user_id, parent_user_id, stated_at,
                name, name_at, username, username_at, saved_name, saved_name_at)
            select * from unnest(
                ?::bigint[], ?::text[], ?::text[], ?::text[], ?::timestamptz[],
                ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[])
                as n (business_id, wa_id, user_id, parent_user_id, stated_at,
                    name, name_at, username, username_at, saved_name, saved_name_at)
            order by business_id, wa_id collate "C", user_id collate "C", parent_user_id collate "C"
            on conflict (business_id, wa_id, user_id, parent_user_id) do update
            set stated_at = greatest(m.stated_at, excluded.stated_at),
                {LATER_NAMES}
            where greatest(m.stated_at, excluded.stated_at) is distinct from m.stated_at or {ANY_LATER_NAME}
            """.replace("{LATER_NAMES}", LaterNames.set("m", "excluded"))
            .replace("{ANY_LATER_NAME}", LaterNames.any("m", "excluded"));

    /// Writes down what is new.
    static void state(DSLContext tx, Collection<Mention> mentions) {
        if (!mentions.isEmpty()) {
            stating(mentions).execute(tx);
        }
    }

    /// For a statement that [#STATE] is a part of.
    static RowStatement<Mention> stating(Collection<Mention> mentions) {
        return LaterNames.in(
                RowStatement.of(STATE, mentions)
                        .longs(m -> m.key().businessId())
                        .texts(m -> m.key().waId())
                        .texts(m -> m.key().userId())
                        .texts(m -> m.key().parentUserId())
                        .times(Mention::statedAt),
                ContactNames::of);
    }

    /// The rows with these keys, and every row of these numbers.
    static Map<Mention.Key, Mention> known(DSLContext tx, Collection<Mention.Key> keys, Collection<Identity> numbers) {
        Map<Mention.Key, Mention> known = new TreeMap<>();
        if (!keys.isEmpty()) {
            Unnest<Mention.Key> n = Unnest.of(keys)
                    .with(CONTACT_MENTION.BUSINESS_ID, Mention.Key::businessId)
                    .with(CONTACT_MENTION.WA_ID, Mention.Key::waId)
                    .with(CONTACT_MENTION.USER_ID, Mention.Key::userId)
                    .with(CONTACT_MENTION.PARENT_USER_ID, Mention.Key::parentUserId);
            read(
                    tx,
                    n,
                    CONTACT_MENTION
                            .WA_ID
                            .eq(n.get(CONTACT_MENTION.WA_ID))
                            .and(CONTACT_MENTION.USER_ID.eq(n.get(CONTACT_MENTION.USER_ID)))
                            .and(CONTACT_MENTION.PARENT_USER_ID.eq(n.get(CONTACT_MENTION.PARENT_USER_ID))),
                    known);
        }
        ofEach(tx, numbers, CONTACT_MENTION.WA_ID, known);
        return known;
    }

    /// All rows that name one of these.
    static Collection<Mention> naming(DSLContext tx, Collection<Identity> identities) {
        Map<Mention.Key, Mention> known = new TreeMap<>();
        Map<String, TableField<?, String>> columns = Map.of(
                Identity.WA_ID, CONTACT_MENTION.WA_ID,
                Identity.USER_ID, CONTACT_MENTION.USER_ID,
                Identity.PARENT_USER_ID, CONTACT_MENTION.PARENT_USER_ID);
        columns.forEach((kind, column) -> ofEach(
                tx, identities.stream().filter(i -> i.kind().equals(kind)).toList(), column, known));
        return known.values();
    }

    private static void ofEach(
            DSLContext tx,
            Collection<Identity> identities,
            TableField<?, String> column,
            Map<Mention.Key, Mention> into) {
        if (!identities.isEmpty()) {
            Unnest<Identity> n = Unnest.of(new TreeSet<>(identities))
                    .with(CONTACT_MENTION.BUSINESS_ID, Identity::businessId)
                    .with(column, Identity::value);
            // spelled out, so that the indexes of the rows that have such an id can serve
            read(tx, n, column.eq(n.get(column)).and(column.ne(DSL.inline(""))), into);
        }
    }

    private static void read(DSLContext tx, Unnest<?> n, Condition match, Map<Mention.Key, Mention> into) {
        tx.select(List.of(CONTACT_MENTION.fields()))
                .from(CONTACT_MENTION)
                .join(n.table())
                .on(CONTACT_MENTION.BUSINESS_ID.eq(n.get(CONTACT_MENTION.BUSINESS_ID)))
                .and(match)
                .forEach(row -> {
                    Mention mention = mention(row);
                    into.put(mention.key(), mention);
                });
    }

    private static Mention mention(Record row) {
        return new Mention(
                new Mention.Key(
                        row.get(CONTACT_MENTION.BUSINESS_ID),
                        row.get(CONTACT_MENTION.WA_ID),
                        row.get(CONTACT_MENTION.USER_ID),
                        row.get(CONTACT_MENTION.PARENT_USER_ID)),
                row.get(CONTACT_MENTION.STATED_AT),
                DatedText.of(row.get(CONTACT_MENTION.NAME), row.get(CONTACT_MENTION.NAME_AT)),
                DatedText.of(row.get(CONTACT_MENTION.USERNAME), row.get(CONTACT_MENTION.USERNAME_AT)),
                DatedText.ofRemovable(row.get(CONTACT_MENTION.SAVED_NAME), row.get(CONTACT_MENTION.SAVED_NAME_AT)));
    }

    private ContactMentions() {}
}
