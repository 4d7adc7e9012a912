package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.ACCOUNT;
import static dev.twotick.db.schema.Tables.CONTACT_IDENTITY;
import static java.util.Map.entry;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.Businesses;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.PersonIds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Somebody whose data is to be erased or shown, as these businesses know them.
///
/// @param ids      all that their contacts have, and the one that was asked for; numbers in every spelling
/// @param contacts none for somebody who never wrote, and was only written to
/// @param accounts `account.id` by phone_number_id
public record DataSubject(List<Long> businesses, Set<String> ids, List<UUID> contacts, Map<String, Long> accounts) {

    /// The messages to and from them, with `m` for message; see [#fields]. A number counts where no stronger id
    /// is known: it may have been somebody else's then. A conversation that is theirs may have messages of others
    /// while [dev.twotick.worker.messages.MisplacedMessages] are in it.
    static final String MESSAGES = """
        m.account_id = any ({2}) and (
            m.conversation_id in (select id from conversation where contact_id = any ({1}) and misplaced_before is null)
            or m.peer_value = any ({0})
            or m.peer_value is null and (
                m.conversation_id in (select id from conversation where contact_id = any ({1}))
                or coalesce(m.from_user_id, m.from_wa_id) = any ({0})
                or coalesce(m.recipient_user_id, m.recipient_wa_id) = any ({0})))\
        """;

    /// The log's bytes as text, whatever they are, for [#mentionedIn].
    static final String BODY = "replace(encode(body, 'escape'), '\\302\\240', '')";

    /// What text is searched without: PHP writes `/` with a backslash, and U+00A0 by its number.
    private static final String PUNCTUATION = UserIdentifier.PUNCTUATION + '\\';

    static final String THEIR_MESSAGES = "(select m.id from message m where " + MESSAGES + ")";

    /// Payloads that told of these messages ({0}), also without naming anybody.
    static final String PAYLOADS_OF_MESSAGES = """
        select payload_id from message where id = any ({0}) and payload_id is not null
        union select payload_id from message_status where message_id = any ({0})
        union select payload_id from reaction_statement where message_id = any ({0})
        union select payload_id from flow_response where message_id = any ({0})
        union select n.payload_id from message m
            join account_notice n on n.account_id = m.account_id and n.value ->> 'id' = m.wamid where m.id = any ({0})
        """;

    /// Notices that may be about them. Where `sure` is false, [#isNamedIn] decides. What became of a message, such as
    /// its payment, names the message, and perhaps nobody.
    static final String NOTICES = "select * from (select n.*, n.value ->> 'id' in (select m.wamid from message m where "
            + MESSAGES + ") is true as sure from account_notice n where n.account_id = any ({2})) n where sure or "
            + mentionedIn("value::text");

    /// Failures that may be about them, as for [#NOTICES].
    static final String FAILURES = "select f.*, " + mentionedIn("error") + " as sure from payload_failure f where ("
            + mentionedIn("error") + " or " + mentionedIn("raw") + ") and " + isOurs("f.payload_id");

    /// The rows that tell of them, by table: what is erased is what is shown. Where a row tells only who is who,
    /// it says so by ids. A campaign's recipient with a message is of the business that sent it, a planned one of
    /// the campaign's.
    private static final Map<String, String> ROWS = Map.ofEntries(
            entry("contact", "id = any ({1})"),
            entry("contact_identity", "(contact_id = any ({1}) or business_id = any ({3}) and value = any ({0}))"),
            entry("contact_mention", """
                business_id = any ({3}) and case when user_id <> '' then user_id
                    when parent_user_id <> '' then parent_user_id else wa_id end = any ({0})\
                """),
            entry("contact_change", "business_id = any ({3}) and (from_value = any ({0}) or to_value = any ({0}))"),
            entry("contact_merged", "into_id = any ({1})"),
            entry("conversation", "contact_id = any ({1})"),
            entry("call", "account_id = any ({2}) and coalesce(peer_value, user_id, wa_id) = any ({0})"),
            entry("message_status", """
                exists (select from message m where m.id = message_id and m.account_id = any ({2})
                    and (participant = any ({0}) or recipient_id = any ({0})
                        and coalesce(m.peer_value, m.recipient_user_id, recipient_id) = any ({0})))\
                """),
            entry("message_reaction", """
                reactor = any ({0})
                and exists (select from message m where m.id = message_id and m.account_id = any ({2}))\
                """),
            entry("reaction_statement", """
                value = any ({0})
                and exists (select from message m where m.id = message_id and m.account_id = any ({2}))\
                """),
            entry("contact_preference", "contact_id = any ({1})"),
            entry("preference_statement", "account_id = any ({2}) and value = any ({0})"),
            entry("signup_subscription", "contact_id = any ({1})"),
            entry("signup_statement", "business_id = any ({3}) and value = any ({0})"),
            entry("contact_label", "contact_id = any ({1})"),
            entry("campaign_recipient", """
                (coalesce(user_id, recipient, wa_id) = any ({0}) and case
                        when message_id is null then campaign_id in (select id from campaign where business_id = any ({3}))
                        else exists (select from message m where m.id = message_id and m.account_id = any ({2})) end
                    or message_id in\
                """ + THEIR_MESSAGES + ")"));

    /// `from`, the table, and which of its rows tell of them.
    static String from(String table) {
        return "from " + table + " where " + rows(table);
    }

    /// Which of the table's rows tell of them.
    static String rows(String table) {
        return Objects.requireNonNull(ROWS.get(table), table);
    }

    public DataSubject {
        businesses = List.copyOf(businesses);
        ids = Set.copyOf(ids);
        contacts = List.copyOf(contacts);
        accounts = Map.copyOf(accounts);
    }

    /// @param identity wa_id (with or without `+`), user id or parent user id
    /// @param account  only in this account's business
    /// @param business only in this one
    /// @throws IllegalArgumentException when there is no such account or business
    public static DataSubject find(
            DSLContext database, String identity, Optional<String> account, Optional<Long> business) {
        return find(database, List.of(identity), account, business);
    }

    /// Several people at once, for whoever wants to look through the log but once.
    public static DataSubject find(
            DSLContext database, Collection<String> identities, Optional<String> account, Optional<Long> business) {
        Set<String> named = new TreeSet<>();
        identities.forEach(identity -> named.addAll(NumberSpelling.all(id(identity))));
        return find(database, Businesses.named(database, account, business), named);
    }

    private static String id(String identity) {
        String normal = PersonIds.normal(identity);
        String id = normal == null ? identity.strip() : normal;
        if (id.isEmpty()) {
            throw new IllegalArgumentException("an identity is a number, a user id or a parent user id");
        }
        return id;
    }

    /// As known now.
    DataSubject again(DSLContext database) {
        return find(database, businesses, ids);
    }

    private static DataSubject find(DSLContext database, List<Long> businesses, Set<String> named) {
        List<UUID> contacts = database.selectDistinct(CONTACT_IDENTITY.CONTACT_ID)
                .from(CONTACT_IDENTITY)
                .where(CONTACT_IDENTITY.BUSINESS_ID.in(businesses))
                .and(CONTACT_IDENTITY.VALUE.in(named))
                .fetch(CONTACT_IDENTITY.CONTACT_ID);
        Set<String> ids = new TreeSet<>(named);
        database.select(CONTACT_IDENTITY.VALUE)
                .from(CONTACT_IDENTITY)
                .where(CONTACT_IDENTITY.CONTACT_ID.in(contacts))
                .forEach(row -> ids.addAll(NumberSpelling.all(row.value1())));
        Map<String, Long> accounts = database.select(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.ID)
                .from(ACCOUNT)
                .where(ACCOUNT.BUSINESS_ID.in(businesses))
                .fetchMap(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.ID);
        return new DataSubject(businesses, ids, contacts, accounts);
    }

    /// How many messages are to or from them.
    public long messages(DSLContext database) {
        return database.resultQuery("select count(*) from message m where " + MESSAGES, fields())
                .fetchSingle(0, Long.class);
    }

    /// A condition on `text`: it holds one of their ids, in whatever spelling. Rough: PostgreSQL looks for candidates,
    /// [#isIn] and [#isNamedIn] decide.
    static String mentionedIn(String text) {
        return "exists (select from unnest({0}) i where strpos(translate(replace(" + text + ", '\\u00a0', ''), '"
                + PUNCTUATION + "', ''), translate(i, '" + PUNCTUATION + "', '')) > 0)";
    }

    /// The same of a text that is here.
    boolean isMentionedIn(String text) {
        String bare = bare(text.replace("\\u00a0", ""));
        return ids.stream().anyMatch(id -> bare.contains(bare(id)));
    }

    private static String bare(String text) {
        StringBuilder bare = new StringBuilder(text.length());
        text.chars().filter(c -> PUNCTUATION.indexOf(c) < 0).forEach(c -> bare.append((char) c));
        return bare.toString();
    }

    /// Whether a payload is of these businesses: any of its accounts is, or none of them is known.
    static String isOurs(String payload) {
        return "coalesce((select bool_or(a.business_id = any ({3})) from payload_outcome o"
                + " join account a on a.phone_number_id = any (o.accounts) where o.payload_id = " + payload
                + "), true)";
    }

    /// @param messages the keys of their messages
    boolean isIn(Fact fact, Set<UUID> messages) {
        String account = fact.item().account().phoneNumberId().value();
        return accounts.containsKey(account)
                && (!Collections.disjoint(PersonIds.of(fact), ids)
                        || !Collections.disjoint(Horizon.messages(fact), messages));
    }

    boolean isNamedIn(@Nullable String json) {
        return json != null && !Collections.disjoint(PersonIds.in(json), ids);
    }

    /// For templates: {0} ids, {1} contacts, {2} accounts, {3} businesses, and what else is given.
    QueryPart[] fields(QueryPart... more) {
        List<QueryPart> fields = new ArrayList<>(List.of(
                texts(ids),
                DSL.val(contacts.toArray(UUID[]::new), SQLDataType.UUID.array()),
                longs(accounts.values()),
                longs(businesses)));
        fields.addAll(List.of(more));
        return fields.toArray(QueryPart[]::new);
    }

    static Field<String[]> texts(Collection<String> values) {
        return DSL.val(values.toArray(String[]::new), SQLDataType.CLOB.array());
    }

    static Field<Long[]> longs(Collection<Long> values) {
        return DSL.val(values.toArray(Long[]::new), SQLDataType.BIGINT.array());
    }
}
