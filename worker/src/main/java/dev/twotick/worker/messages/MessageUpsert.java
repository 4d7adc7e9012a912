package dev.twotick.worker.messages;

import dev.twotick.db.RowStatement;
import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.Location;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.people.Identity;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Joins what a batch says of messages with what is known of each: the statement of [Messages#write].
///
/// [MessageDelta] has the same rules for two statements of one batch. They are commutative, so no order of arrival
/// matters:
///
/// | what | of two stands |
/// | --- | --- |
/// | direction | the greatest (rank, word) |
/// | content | wholly the strongest, see `stronger` |
/// | text, media | the latest edit's, whichever came first; else the content's |
/// | status | the greatest rank, each with Meta's first time; what was delivered has not failed |
/// | recipient, group | the greatest text, whatever source names them |
/// | who told of it | all; when is what was written first, for no rule of state rests on it |
final class MessageUpsert {

    private static final String SURER = """
            (message.direction_rank, coalesce(message.direction, '') collate "C")
                < (excluded.direction_rank, coalesce(excluded.direction, '') collate "C")""";

    /// The greatest (rank of the source and of what it has, Meta's time, digest), and of one content under two names
    /// of its sender the more telling.
    private static final String STRONGER =
            """
            excluded.content_rank is not null
                and (coalesce(message.content_rank, -32768), coalesce(message.occurred_at, '-infinity'),
                    coalesce(message.content_digest, ''), %s,
                    coalesce(message.peer_value, '') collate "C", coalesce(message.from_wa_id, '') collate "C")
                < (excluded.content_rank, coalesce(excluded.occurred_at, '-infinity'),
                    coalesce(excluded.content_digest, ''), %s,
                    coalesce(excluded.peer_value, '') collate "C", coalesce(excluded.from_wa_id, '') collate "C")
            """.formatted(Identity.telling("message.peer_kind"), Identity.telling("excluded.peer_kind"));

    private static final String EDITED = """
            excluded.edit_digest is not null
                and (coalesce(message.edited_at, '-infinity'), coalesce(message.edit_digest, ''))
                < (coalesce(excluded.edited_at, '-infinity'), excluded.edit_digest)""";

    private static final String MEDIA_EDITED = """
            excluded.media_edit_digest is not null
                and (coalesce(message.media_edited_at, '-infinity'), coalesce(message.media_edit_digest, ''))
                < (coalesce(excluded.media_edited_at, '-infinity'), excluded.media_edit_digest)""";

    // Judged once for each row, by the select from which all columns are set: `offset 0` keeps PostgreSQL from putting
    // each judgement into every place that asks for it.
    private static final String UPSERT = """
            insert into message (
                key, account_id, wamid, direction, direction_rank, news,
                told, live_at, echoed_at, standby_at, history_at, registered_at,
                content_rank, kind, occurred_at, content_digest, content_error, type, latitude, longitude,
                location_name, location_address, reply_to_wamid, forwarded, referral, from_wa_id, from_user_id,
                peer_kind, peer_value, raw, payload_id, conversation_id,
                body, media_id, media_mime_type, media_sha256, media_filename, media_url, voice, media_expires_at,
                edited_at, edit_digest, media_edited_at, media_edit_digest, revoked_at,
                status, status_rank, sent_at, delivered_at, read_at, played_at, failed_at, status_error, error_code,
                recipient_wa_id, recipient_user_id, group_id)
            select
                n.key, n.account_id, n.wamid, n.direction, n.direction_rank, n.news,
                coalesce(n.told, 0), n.live_at, n.echoed_at, n.standby_at, n.history_at, n.registered_at,
                n.content_rank, coalesce(n.kind, 'content'), n.occurred_at, n.content_digest, n.content_error, n.type,
                n.latitude, n.longitude, n.location_name, n.location_address, n.reply_to_wamid, n.forwarded,
                n.referral::json, n.from_wa_id, n.from_user_id, n.peer_kind, n.peer_value, n.raw::json, n.payload_id,
                n.conversation_id,
                n.body, n.media_id, n.media_mime_type, n.media_sha256, n.media_filename, n.media_url, n.voice,
                n.media_expires_at,
                n.edited_at, n.edit_digest, n.media_edited_at, n.media_edit_digest, n.revoked_at,
                coalesce(n.status, 'pending'), coalesce(n.status_rank, 0), n.sent_at, n.delivered_at, n.read_at,
                n.played_at, n.failed_at, n.status_error, n.error_code,
                n.recipient_wa_id, n.recipient_user_id, n.group_id
            from unnest(
                    ?::uuid[], ?::bigint[], ?::text[], ?::text[], ?::int[], ?::int[],
                    ?::int[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[],
                    ?::int[], ?::text[], ?::timestamptz[], ?::bytea[], ?::int[], ?::text[],
                    ?::float8[], ?::float8[], ?::text[], ?::text[], ?::text[], ?::bool[],
                    ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[],
                    ?::bigint[],
                    ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bool[],
                    ?::timestamptz[],
                    ?::timestamptz[], ?::bytea[], ?::timestamptz[], ?::bytea[], ?::timestamptz[],
                    ?::text[], ?::int[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[],
                    ?::timestamptz[], ?::timestamptz[], ?::int[], ?::int[],
                    ?::text[], ?::text[], ?::text[])
                as n (
                    key, account_id, wamid, direction, direction_rank, news,
                    told, live_at, echoed_at, standby_at, history_at, registered_at,
                    content_rank, kind, occurred_at, content_digest, content_error, type,
                    latitude, longitude, location_name, location_address, reply_to_wamid, forwarded,
                    referral, from_wa_id, from_user_id, peer_kind, peer_value, raw, payload_id,
                    conversation_id,
                    body, media_id, media_mime_type, media_sha256, media_filename, media_url, voice,
                    media_expires_at,
                    edited_at, edit_digest, media_edited_at, media_edit_digest, revoked_at,
                    status, status_rank, sent_at, delivered_at, read_at,
                    played_at, failed_at, status_error, error_code,
                    recipient_wa_id, recipient_user_id, group_id)
            order by n.key
            on conflict (key) do update
            set (
                direction, direction_rank, news,
                told, live_at, echoed_at, standby_at, history_at, registered_at,
                content_rank, kind, occurred_at, content_digest, content_error, type, latitude, longitude,
                location_name, location_address, reply_to_wamid, forwarded, referral, from_wa_id, from_user_id,
                peer_kind, peer_value, raw, payload_id, conversation_id,
                body, media_id, media_mime_type, media_sha256, media_filename, media_url, voice, media_expires_at,
                edited_at, edit_digest, media_edited_at, media_edit_digest, revoked_at,
                status, status_rank, sent_at, delivered_at, read_at, played_at, failed_at, status_error, error_code,
                recipient_wa_id, recipient_user_id, group_id
            ) = (select
                case when surer then excluded.direction else message.direction end,
                case when surer then excluded.direction_rank else message.direction_rank end,
                (told & ~message.told)
                    | case when surer and message.conversation_id is not null
                        and message.direction is distinct from excluded.direction then {TURNED} else 0 end
                    | case when {COUNTED_AS_UNREAD} then {WAS_UNREAD} else 0 end
                    | case when not stronger then 0
                        when message.content_rank is null then {CONTENT_CAME} else {CONTENT_REPLACED} end,
                told,
                coalesce(message.live_at, excluded.live_at), coalesce(message.echoed_at, excluded.echoed_at),
                coalesce(message.standby_at, excluded.standby_at), coalesce(message.history_at, excluded.history_at),
                coalesce(message.registered_at, excluded.registered_at),
                case when stronger then excluded.content_rank else message.content_rank end,
                case when stronger then excluded.kind else message.kind end,
                case when stronger then excluded.occurred_at else message.occurred_at end,
                case when stronger then excluded.content_digest else message.content_digest end,
                content_error,
                case when stronger then excluded.type else message.type end,
                case when stronger then excluded.latitude else message.latitude end,
                case when stronger then excluded.longitude else message.longitude end,
                case when stronger then excluded.location_name else message.location_name end,
                case when stronger then excluded.location_address else message.location_address end,
                case when stronger then excluded.reply_to_wamid else message.reply_to_wamid end,
                case when stronger then excluded.forwarded else message.forwarded end,
                case when stronger then excluded.referral else message.referral end,
                case when stronger then excluded.from_wa_id else message.from_wa_id end,
                case when stronger then excluded.from_user_id else message.from_user_id end,
                case when stronger then excluded.peer_kind else message.peer_kind end,
                case when stronger then excluded.peer_value else message.peer_value end,
                case when stronger then excluded.raw else message.raw end,
                case when stronger then excluded.payload_id else message.payload_id end,
                case when stronger and message.content_rank is null
                    then excluded.conversation_id else message.conversation_id end,
                case when new_text then excluded.body else message.body end,
                case when new_media then excluded.media_id else message.media_id end,
                case when new_media then excluded.media_mime_type else message.media_mime_type end,
                case when new_media then excluded.media_sha256 else message.media_sha256 end,
                case when new_media then excluded.media_filename else message.media_filename end,
                case when new_media then excluded.media_url else message.media_url end,
                case when new_media then excluded.voice else message.voice end,
                case when new_media then excluded.media_expires_at else message.media_expires_at end,
                case when edited then excluded.edited_at else message.edited_at end,
                case when edited then excluded.edit_digest else message.edit_digest end,
                case when media_edited then excluded.media_edited_at else message.media_edited_at end,
                case when media_edited then excluded.media_edit_digest else message.media_edit_digest end,
                least(message.revoked_at, excluded.revoked_at),
                case when excluded.status_rank > message.status_rank then excluded.status else message.status end,
                greatest(message.status_rank, excluded.status_rank),
                least(message.sent_at, excluded.sent_at), least(message.delivered_at, excluded.delivered_at),
                least(message.read_at, excluded.read_at), least(message.played_at, excluded.played_at),
                case when may_have_failed then least(message.failed_at, excluded.failed_at) end,
                status_error,
                coalesce(case when may_have_failed then status_error end, content_error),
                {RECIPIENT_WA_ID}, {RECIPIENT_USER_ID}, {GROUP_ID}
                from (select *,
                        edited or message.edited_at is null and stronger as new_text,
                        media_edited or message.media_edited_at is null and stronger as new_media,
                        case when stronger then excluded.content_error else message.content_error end as content_error
                    from (select
                            {SURER} as surer,
                            {STRONGER} as stronger,
                            {EDITED} as edited,
                            {MEDIA_EDITED} as media_edited,
                            {TOLD} as told,
                            greatest(message.status_error, excluded.status_error) as status_error,
                            greatest(message.status_rank, excluded.status_rank) <= {FAILED} as may_have_failed
                        offset 0) as judged) as derived)
            where {SURER}
                or {STRONGER}
                or {EDITED}
                or {MEDIA_EDITED}
                or {TOLD} <> message.told
                or excluded.status_rank > message.status_rank
                or least(message.sent_at, excluded.sent_at) is distinct from message.sent_at
                or least(message.delivered_at, excluded.delivered_at) is distinct from message.delivered_at
                or least(message.read_at, excluded.read_at) is distinct from message.read_at
                or least(message.played_at, excluded.played_at) is distinct from message.played_at
                or least(message.failed_at, excluded.failed_at) is distinct from message.failed_at
                    and message.status_rank <= {FAILED}
                or greatest(message.status_error, excluded.status_error) is distinct from message.status_error
                or {RECIPIENT_WA_ID} is distinct from message.recipient_wa_id
                or {RECIPIENT_USER_ID} is distinct from message.recipient_user_id
                or {GROUP_ID} is distinct from message.group_id
                or least(message.revoked_at, excluded.revoked_at) is distinct from message.revoked_at
                or message.live_at is null and excluded.live_at is not null
                or message.echoed_at is null and excluded.echoed_at is not null
                or message.standby_at is null and excluded.standby_at is not null
                or message.history_at is null and excluded.history_at is not null
                or message.registered_at is null and excluded.registered_at is not null
            returning key, id, status, direction, conversation_id, group_id, kind, live_at, news
            """.replace("{SURER}", SURER)
            .replace("{STRONGER}", STRONGER)
            .replace("{EDITED}", EDITED)
            .replace("{MEDIA_EDITED}", MEDIA_EDITED)
            .replace("{TOLD}", ToldBit.whole("(message.told | excluded.told)"))
            .replace("{RECIPIENT_WA_ID}", greatestText("recipient_wa_id"))
            .replace("{RECIPIENT_USER_ID}", greatestText("recipient_user_id"))
            .replace("{GROUP_ID}", greatestText("group_id"))
            .replace("{COUNTED_AS_UNREAD}", Messages.COUNTED_AS_UNREAD)
            .replace("{WAS_UNREAD}", String.valueOf(Messages.WAS_UNREAD))
            .replace("{CONTENT_CAME}", String.valueOf(Messages.CONTENT_CAME))
            .replace("{CONTENT_REPLACED}", String.valueOf(Messages.CONTENT_REPLACED))
            .replace("{TURNED}", String.valueOf(Messages.TURNED))
            .replace("{FAILED}", String.valueOf(MessageStatus.FAILED.rank()));

    /// Those that have a content come first, so that the columns of contents end with the last of them.
    private static final Comparator<MessageDelta> CONTENTS_FIRST =
            Comparator.comparing(delta -> delta.content() == null);

    /// By bytes, whatever the database's language; no text is less than any.
    private static String greatestText(String column) {
        return "greatest(message." + column + " collate \"C\", excluded." + column + ")";
    }

    /// Answers with the rows that are new or have changed.
    static RowStatement<MessageDelta> of(Collection<MessageDelta> deltas) {
        List<MessageDelta> rows = deltas.stream().sorted(CONTENTS_FIRST).toList();
        RowStatement<MessageDelta> upsert = RowStatement.of(UPSERT, rows)
                .uuids(d -> d.key)
                .longs(d -> d.accountId)
                .texts(d -> d.wamid.value())
                .texts(d -> d.heading().direction())
                .ints(d -> d.heading().rank())
                .ints(d -> d.toldBits() | (d.content() == null ? 0 : Messages.CONTENT_CAME));
        told(upsert);
        content(upsert);
        textAndMedia(upsert);
        statuses(upsert);
        return upsert;
    }

    private static void told(RowStatement<MessageDelta> upsert) {
        upsert.ints(d -> d.content() == null ? null : d.toldBits())
                .times(d -> d.firstToldAt(ToldBit.Teller.LIVE))
                .times(d -> d.firstToldAt(ToldBit.Teller.ECHO))
                .times(d -> d.firstToldAt(ToldBit.Teller.STANDBY))
                .times(d -> d.firstToldAt(ToldBit.Teller.HISTORY))
                .times(MessageDelta::registeredAt);
    }

    private static void content(RowStatement<MessageDelta> upsert) {
        upsert.ints(fact(MessageTold::contentRank))
                .texts(fact(f -> f.kind().word()))
                .times(item(i -> i.item().occurredAt()))
                .bytes(item(i -> i.item().digest()))
                .ints(MessageDelta::contentError)
                .texts(fact(MessageTold::type))
                .doubles(location(Location::latitude))
                .doubles(location(Location::longitude))
                .texts(location(Location::name))
                .texts(location(Location::address))
                .texts(fact(MessageTold::replyTo))
                .flags(fact(MessageTold::forwarded))
                .texts(fact(MessageTold::referral))
                .texts(fact(f -> MessageDelta.from(f, Person::waId)))
                .texts(fact(f -> MessageDelta.from(f, Person::userId)))
                .texts(fact(f -> MessageDelta.strongest(f, UserIdentifier::kind)))
                .texts(fact(f -> MessageDelta.strongest(f, UserIdentifier::value)))
                .texts(item(i -> i.item().raw()))
                .uuids(item(ApplyItem::payloadId))
                .longs(MessageDelta::conversationId);
    }

    private static void textAndMedia(RowStatement<MessageDelta> upsert) {
        upsert.texts(MessageDelta::body)
                .texts(media(Media::id))
                .texts(media(Media::mimeType))
                .texts(media(Media::sha256))
                .texts(media(Media::filename))
                .texts(media(Media::url))
                .flags(media(Media::voice))
                .times(media(Media::expiresAt))
                .times(edit(MessageDelta::edit, Precedence::at))
                .bytes(edit(MessageDelta::edit, Precedence::digest))
                .times(edit(MessageDelta::mediaEdit, Precedence::at))
                .bytes(edit(MessageDelta::mediaEdit, Precedence::digest))
                .times(MessageDelta::revokedAt);
    }

    private static void statuses(RowStatement<MessageDelta> upsert) {
        upsert.texts(d -> d.status().word())
                .ints(d -> (int) d.status().rank())
                .times(d -> d.statusTime(MessageStatus.SENT))
                .times(d -> d.statusTime(MessageStatus.DELIVERED))
                .times(d -> d.statusTime(MessageStatus.READ))
                .times(d -> d.statusTime(MessageStatus.PLAYED))
                .times(d -> d.statusTime(MessageStatus.FAILED))
                .ints(MessageDelta::statusError)
                .ints(MessageDelta::errorCode)
                .texts(MessageDelta::recipientWaId)
                .texts(MessageDelta::recipientUserId)
                .texts(MessageDelta::groupId);
    }

    private static <V> Function<MessageDelta, @Nullable V> item(Function<ApplyItem<MessageTold>, @Nullable V> part) {
        return d -> d.content() == null ? null : part.apply(d.content());
    }

    private static <V> Function<MessageDelta, @Nullable V> fact(Function<MessageTold, @Nullable V> part) {
        return item(i -> part.apply(i.fact()));
    }

    private static <V> Function<MessageDelta, @Nullable V> location(Function<Location, @Nullable V> part) {
        return fact(f -> f.location() == null ? null : part.apply(f.location()));
    }

    private static <V> Function<MessageDelta, @Nullable V> media(Function<Media, @Nullable V> part) {
        return d -> d.media() == null ? null : part.apply(d.media());
    }

    private static <V> Function<MessageDelta, @Nullable V> edit(
            Function<MessageDelta, MessageDelta.@Nullable Edit> which, Function<Precedence, @Nullable V> part) {
        return d -> {
            MessageDelta.Edit edit = which.apply(d);
            return edit == null ? null : part.apply(edit.precedence());
        };
    }

    private MessageUpsert() {}
}
