package dev.twotick.worker.campaigns;

import static dev.twotick.db.schema.Tables.CAMPAIGN;
import static dev.twotick.db.schema.Tables.CAMPAIGN_RECIPIENT;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Tables `campaign`, `campaign_recipient` and `campaign_dirty`: which messages a campaign is made of, and whom it is
/// planned for. What is written here is only ever added or moved forward, so no order of files and statuses matters;
/// [CampaignTotals] counts it.
///
/// A recipient's status is its message's. The message's row is locked by whoever moves it, and by whoever links it: so
/// either the link reads the status, or the status finds the link.
public final class Campaigns {
    private static final String CALLBACK = "campaign:";

    /// Meta's callback data has at most 512 characters, and a key must fit an index.
    public static final int MAX_KEY_LENGTH = 200;

    /// What tells a campaign from the others.
    record Name(long businessId, String key) {

        /// @throws IllegalArgumentException when the key cannot be one
        Name {
            if (!isKey(key)) {
                throw new IllegalArgumentException("a campaign's key is a text of at most " + MAX_KEY_LENGTH
                        + " characters, without ; and without spaces around it");
            }
        }
    }

    /// @param messageId refers to `message.id`
    /// @param recipient whom the message was for, if the operator says so
    record Link(long campaignId, long messageId, @Nullable String recipient) {}

    /// @param recipient digits of a number, or a user id
    record Planned(long campaignId, String recipient) {}

    /// The key in a status' callback data: `campaign:<key>`, and whatever follows a `;` is the caller's. Null where it
    /// names none.
    public static @Nullable String keyOf(@Nullable String callbackData) {
        if (callbackData == null || !callbackData.startsWith(CALLBACK)) {
            return null;
        }
        int end = callbackData.indexOf(';');
        String key = callbackData
                .substring(CALLBACK.length(), end < 0 ? callbackData.length() : end)
                .strip();
        return isKey(key) ? key : null;
    }

    /// Whether a campaign can have this key.
    public static boolean isKey(String key) {
        return !key.isBlank() && key.length() <= MAX_KEY_LENGTH && key.equals(key.strip()) && key.indexOf(';') < 0;
    }

    /// @return `campaign.id` by name; unknown ones are added
    static Map<Name, Long> findOrMake(DSLContext tx, Set<Name> names) {
        Map<Name, Long> ids = new HashMap<>(select(tx, columns(names)));
        List<Name> unknown = names.stream().filter(n -> !ids.containsKey(n)).toList();
        if (!unknown.isEmpty()) {
            Unnest<Name> n = columns(unknown);
            tx.insertInto(CAMPAIGN, n.columns())
                    .select(n.select(CAMPAIGN.BUSINESS_ID, CAMPAIGN.KEY))
                    .onConflictDoNothing()
                    .execute();
            ids.putAll(select(tx, n));
        }
        return ids;
    }

    private static Unnest<Name> columns(Collection<Name> names) {
        return Unnest.of(names).with(CAMPAIGN.BUSINESS_ID, Name::businessId).with(CAMPAIGN.KEY, Name::key);
    }

    private static Map<Name, Long> select(DSLContext tx, Unnest<Name> n) {
        return tx.select(CAMPAIGN.BUSINESS_ID, CAMPAIGN.KEY, CAMPAIGN.ID)
                .from(CAMPAIGN)
                .join(n.table())
                .on(CAMPAIGN.BUSINESS_ID.eq(n.get(CAMPAIGN.BUSINESS_ID)))
                .and(CAMPAIGN.KEY.eq(n.get(CAMPAIGN.KEY)))
                .fetchMap(row -> new Name(row.value1(), row.value2()), row -> row.value3());
    }

    /// What a batch means for campaigns: callback data of statuses links their message, and whatever links a message
    /// follows it.
    ///
    /// @param statuses    by the `message.id` that they are about: all messages of the batch, which it has locked
    /// @param mayBeLinked whether one of these messages may be linked already
    /// @param businessOf  whose the item's account is
    public static void report(
            DSLContext tx,
            Map<Long, List<ApplyItem<StatusReported>>> statuses,
            boolean mayBeLinked,
            ToLongFunction<ApplyItem<?>> businessOf) {
        Map<Long, Set<Name>> named = new HashMap<>();
        Set<Name> names = new HashSet<>();
        statuses.forEach((message, reported) -> reported.forEach(status -> {
            String key = keyOf(status.fact().callbackData());
            if (key != null) {
                Name name = new Name(businessOf.applyAsLong(status), key);
                names.add(name);
                named.computeIfAbsent(message, m -> new HashSet<>()).add(name);
            }
        }));
        if (!names.isEmpty()) {
            Map<Name, Long> ids = findOrMake(tx, names);
            link(
                    tx,
                    named.entrySet().stream()
                            .flatMap(m -> m.getValue().stream()
                                    .map(name -> new Link(Objects.requireNonNull(ids.get(name)), m.getKey(), null)))
                            .toList());
        }
        if (!statuses.isEmpty() && (mayBeLinked || !names.isEmpty())) {
            follow(tx, statuses.keySet());
        }
    }

    /// Links messages, whose rows this transaction has locked. [#follow] comes after it.
    static void link(DSLContext tx, Collection<Link> links) {
        Unnest<Link> n = Unnest.of(links)
                .with(CAMPAIGN_RECIPIENT.CAMPAIGN_ID, Link::campaignId)
                .with(CAMPAIGN_RECIPIENT.MESSAGE_ID, Link::messageId)
                .with(CAMPAIGN_RECIPIENT.RECIPIENT, Link::recipient);
        Field<String> known = CAMPAIGN_RECIPIENT.RECIPIENT;
        Field<String> said = DSL.excluded(CAMPAIGN_RECIPIENT.RECIPIENT);
        marking(
                tx,
                tx.insertInto(CAMPAIGN_RECIPIENT, n.columns())
                        .select(n.select(CAMPAIGN_RECIPIENT.MESSAGE_ID, CAMPAIGN_RECIPIENT.CAMPAIGN_ID))
                        .onConflict(CAMPAIGN_RECIPIENT.CAMPAIGN_ID, CAMPAIGN_RECIPIENT.MESSAGE_ID)
                        .doUpdate()
                        .set(known, said) // of two names the greater one stands
                        .where(said.isNotNull().and(known.isNull().or(known.lt(said))))
                        .returning(CAMPAIGN_RECIPIENT.CAMPAIGN_ID));
    }

    /// Adds people who are planned.
    static void plan(DSLContext tx, Collection<Planned> planned) {
        Unnest<Planned> n = Unnest.of(planned)
                .with(CAMPAIGN_RECIPIENT.CAMPAIGN_ID, Planned::campaignId)
                .with(CAMPAIGN_RECIPIENT.RECIPIENT, Planned::recipient)
                .with(
                        CAMPAIGN_RECIPIENT.OTHER_SPELLING,
                        p -> NumberSpelling.other(p.recipient()).orElse(null));
        marking(
                tx,
                tx.insertInto(CAMPAIGN_RECIPIENT, n.columns())
                        .select(n.select(CAMPAIGN_RECIPIENT.CAMPAIGN_ID, CAMPAIGN_RECIPIENT.RECIPIENT))
                        .onConflict(CAMPAIGN_RECIPIENT.CAMPAIGN_ID, CAMPAIGN_RECIPIENT.RECIPIENT)
                        .where(CAMPAIGN_RECIPIENT.MESSAGE_ID.isNull())
                        .doNothing()
                        .returning(CAMPAIGN_RECIPIENT.CAMPAIGN_ID));
    }

    /// Takes over what stands in the rows of these messages now, all of them locked by this transaction.
    static void follow(DSLContext tx, Collection<Long> messages) {
        marking(tx, DSL.query("""
                        update campaign_recipient r
                        set status = m.status, status_rank = m.status_rank,
                            wa_id = m.recipient_wa_id, user_id = m.recipient_user_id
                        from message m
                        where r.message_id = any ({0}) and m.id = r.message_id
                            and (r.status_rank, r.wa_id, r.user_id)
                                is distinct from (m.status_rank, m.recipient_wa_id, m.recipient_user_id)
                        returning r.campaign_id\
                        """, DSL.val(messages.toArray(Long[]::new), SQLDataType.BIGINT.array())));
    }

    /// One row for each campaign that the change moved, added in the same statement.
    private static void marking(DSLContext tx, Query change) {
        tx.execute(
                "with moved as ({0}) insert into campaign_dirty (campaign_id) select distinct campaign_id from moved",
                change);
    }

    private Campaigns() {}
}
