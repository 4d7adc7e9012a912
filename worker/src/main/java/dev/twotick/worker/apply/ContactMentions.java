package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONTACT_MENTION;

import dev.twotick.db.Unnest;
import java.time.Instant;
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
import org.jspecify.annotations.Nullable;

/// Table `contact_mention`: what is known of people. Insert, and greatest by Meta's time: it never forgets,
/// and no order of arrival shows in it.
final class ContactMentions {

    // as the migration has it for the contacts that it found: an id alone, with the contact's names where it is the
    // strongest, and with every strongest one
    private static final String OF_THE_FIRST_VERSION = """
            with ids as (
                select i.business_id, i.kind, i.value, i.contact_id,
                    rank() over (
                        partition by i.contact_id
                        order by array_position(array ['user_id', 'parent_user_id', 'wa_id'], i.kind)) = 1 as strongest,
                    not exists (
                        select from contact_mention m
                        where i.kind = 'wa_id' and m.business_id = i.business_id and m.wa_id = i.value)
                    and not exists (
                        select from contact_mention m
                        where i.kind = 'user_id' and m.business_id = i.business_id and m.user_id = i.value
                            and m.user_id <> '')
                    and not exists (
                        select from contact_mention m
                        where i.kind = 'parent_user_id' and m.business_id = i.business_id
                            and m.parent_user_id = i.value and m.parent_user_id <> '')
                    and not exists (
                        select from contact_change s
                        where s.business_id = i.business_id and s.from_kind = i.kind and s.from_value = i.value)
                    and not exists (
                        select from contact_change s
                        where s.business_id = i.business_id and s.to_kind = i.kind and s.to_value = i.value) as unnamed
                from contact_identity i
                where i.contact_id in (
                    select k.contact_id
                    from unnest({0}, {1}, {2}) as t (business_id, kind, value)
                    join contact_identity k
                        on k.business_id = t.business_id and k.kind = t.kind and k.value = t.value collate "C"))
            insert into contact_mention (
                business_id, wa_id, user_id, parent_user_id, name, name_at, username, username_at)
            select i.business_id,
                case i.kind when 'wa_id' then i.value else '' end,
                case i.kind when 'user_id' then i.value else '' end,
                case i.kind when 'parent_user_id' then i.value else '' end,
                c.name, c.name_at, c.username, c.username_at
            from ids i left join contact c on c.id = i.contact_id and i.strongest
            where i.unnamed
            union all
            select i.business_id,
                case i.kind when 'wa_id' then i.value else '' end,
                case s.kind when 'user_id' then s.value else '' end,
                case 'parent_user_id' when i.kind then i.value when s.kind then s.value else '' end,
                null, null, null, null
            from ids i join ids s on s.contact_id = i.contact_id and s.strongest
            where not i.strongest and (i.unnamed or s.unnamed)
            order by 1, 2, 3, 4
            on conflict do nothing
            """;

    /// Writes down what the first version knew of the contacts of these ids, if it made them, or linked an id to
    /// them, after the migration: it writes no mentions. An id that only a step named has none either.
    static void ofTheFirstVersion(DSLContext tx, Collection<Identity> identities) {
        Unnest<Identity> ids = Unnest.of(identities);
        tx.execute(
                OF_THE_FIRST_VERSION,
                ids.longs(Identity::businessId),
                ids.texts(Identity::kind),
                ids.texts(Identity::value));
    }

    /// Writes down what is new. No indexed column changes, so the update stays on its page.
    static void state(DSLContext tx, Collection<Mention> mentions) {
        if (mentions.isEmpty()) {
            return;
        }
        Unnest<Mention> n = Unnest.of(mentions)
                .with(CONTACT_MENTION.BUSINESS_ID, m -> m.key().businessId())
                .with(CONTACT_MENTION.WA_ID, m -> m.key().waId())
                .with(CONTACT_MENTION.USER_ID, m -> m.key().userId())
                .with(CONTACT_MENTION.PARENT_USER_ID, m -> m.key().parentUserId())
                .with(CONTACT_MENTION.STATED_AT, Mention::statedAt)
                .with(CONTACT_MENTION.NAME, m -> Stated.text(m.name()))
                .with(CONTACT_MENTION.NAME_AT, m -> Stated.time(m.name()))
                .with(CONTACT_MENTION.USERNAME, m -> Stated.text(m.username()))
                .with(CONTACT_MENTION.USERNAME_AT, m -> Stated.time(m.username()))
                .with(CONTACT_MENTION.SAVED_NAME, m -> Stated.text(m.savedName()))
                .with(CONTACT_MENTION.SAVED_NAME_AT, m -> Stated.time(m.savedName()));
        new Merge()
                .greatest(CONTACT_MENTION.STATED_AT)
                .when(
                        newer(CONTACT_MENTION.NAME, CONTACT_MENTION.NAME_AT),
                        CONTACT_MENTION.NAME,
                        CONTACT_MENTION.NAME_AT)
                .when(
                        newer(CONTACT_MENTION.USERNAME, CONTACT_MENTION.USERNAME_AT),
                        CONTACT_MENTION.USERNAME,
                        CONTACT_MENTION.USERNAME_AT)
                .when(
                        newer(CONTACT_MENTION.SAVED_NAME, CONTACT_MENTION.SAVED_NAME_AT),
                        CONTACT_MENTION.SAVED_NAME,
                        CONTACT_MENTION.SAVED_NAME_AT)
                .write(
                        tx,
                        CONTACT_MENTION,
                        n,
                        CONTACT_MENTION.BUSINESS_ID,
                        CONTACT_MENTION.WA_ID,
                        CONTACT_MENTION.USER_ID,
                        CONTACT_MENTION.PARENT_USER_ID);
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
                Stated.of(row.get(CONTACT_MENTION.NAME), row.get(CONTACT_MENTION.NAME_AT)),
                Stated.of(row.get(CONTACT_MENTION.USERNAME), row.get(CONTACT_MENTION.USERNAME_AT)),
                saved(row.get(CONTACT_MENTION.SAVED_NAME), row.get(CONTACT_MENTION.SAVED_NAME_AT)));
    }

    private static @Nullable Stated saved(@Nullable String name, @Nullable Instant at) {
        return name == null && at == null ? null : new Stated(name, at);
    }

    private static Condition newer(TableField<?, String> text, TableField<?, Instant> at) {
        return DSL.row(Merge.orEver(at), Merge.textOrEmpty(text))
                .lt(Merge.orEver(DSL.excluded(at)), Merge.textOrEmpty(DSL.excluded(text)));
    }

    private ContactMentions() {}
}
