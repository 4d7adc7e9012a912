package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT_MENTION;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.RowMerge;
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
                .with(CONTACT_MENTION.NAME, m -> DatedText.text(m.name()))
                .with(CONTACT_MENTION.NAME_AT, m -> DatedText.time(m.name()))
                .with(CONTACT_MENTION.USERNAME, m -> DatedText.text(m.username()))
                .with(CONTACT_MENTION.USERNAME_AT, m -> DatedText.time(m.username()))
                .with(CONTACT_MENTION.SAVED_NAME, m -> DatedText.text(m.savedName()))
                .with(CONTACT_MENTION.SAVED_NAME_AT, m -> DatedText.time(m.savedName()));
        new RowMerge()
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
                DatedText.of(row.get(CONTACT_MENTION.NAME), row.get(CONTACT_MENTION.NAME_AT)),
                DatedText.of(row.get(CONTACT_MENTION.USERNAME), row.get(CONTACT_MENTION.USERNAME_AT)),
                saved(row.get(CONTACT_MENTION.SAVED_NAME), row.get(CONTACT_MENTION.SAVED_NAME_AT)));
    }

    private static @Nullable DatedText saved(@Nullable String name, @Nullable Instant at) {
        return name == null && at == null ? null : new DatedText(name, at);
    }

    private static Condition newer(TableField<?, String> text, TableField<?, Instant> at) {
        return DSL.row(RowMerge.orEver(at), RowMerge.textOrEmpty(text))
                .lt(RowMerge.orEver(DSL.excluded(at)), RowMerge.textOrEmpty(DSL.excluded(text)));
    }

    private ContactMentions() {}
}
