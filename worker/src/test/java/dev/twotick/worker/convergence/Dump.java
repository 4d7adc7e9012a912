package dev.twotick.worker.convergence;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jooq.DSLContext;

/// What the tables hold of each business, in a form that two ways of applying one history must agree on: surrogate ids
/// are replaced by natural ones, receive times by whether they are there.
final class Dump {

    /// A contact is whom its identities name. Each query gives a business and a line.
    private static final String WITH = """
            with who as materialized (
                select contact_id, string_agg(kind || '=' || value, ',' order by kind, value) as ids
                from contact_identity group by contact_id),
            talk as (
                select c.id, coalesce(w.ids, c.group_id) as ids from conversation c left join who w on w.contact_id = c.contact_id),
            acc as (
                select id, business_id as b, phone_number_id as number from account)
            """;

    private static final Map<String, String> LINES = Map.ofEntries(
            table("account", "select business_id, row(phone_number_id, waba_id, display_phone_number) from account"),
            table("contact", """
                    select c.business_id, row(w.ids, c.name, c.username, c.saved_name,
                        c.subscribed_via_signup, c.subscribed_at)
                    from contact c left join who w on w.contact_id = c.id"""),
            table("contact_mention", """
                    select business_id, row(wa_id, user_id, parent_user_id, stated_at, name, name_at, username,
                        username_at, saved_name, saved_name_at) from contact_mention"""),
            table("contact_change", """
                    select business_id, row(from_kind, from_value, to_kind, to_value, stated_at)
                    from contact_change"""),
            table("conversation", """
                    select b, row(number, t.ids, unread_count, read_up_to, last_message_at, window_expires_at)
                    from conversation c join acc on acc.id = c.account_id join talk t on t.id = c.id"""),
            table("message", """
                    select b, row(number, wamid, live_at is not null, echoed_at is not null, history_at is not null,
                        standby_at is not null, registered_at is not null, direction, direction_rank, kind,
                        content_rank, type, body, occurred_at, content_digest, media_id, media_mime_type, media_url,
                        voice, media_expires_at, forwarded, referral::text, reply_to_wamid, group_id)::text
                        || row(from_wa_id, from_user_id, recipient_wa_id, recipient_user_id, peer_kind, peer_value,
                        status, status_rank, sent_at, delivered_at, read_at, played_at, failed_at, error_code,
                        content_error, status_error, edited_at, edit_digest, media_edited_at, media_edit_digest, revoked_at, told, t.ids, raw::text)::text
                    from message m join acc on acc.id = m.account_id left join talk t on t.id = m.conversation_id"""),
            table("message_status", """
                    select b, row(number, wamid, s.status, participant, s.occurred_at, digest, recipient_id,
                        pricing::text, conversation::text, errors::text, callback_data)
                    from message_status s join message m on m.id = s.message_id join acc on acc.id = m.account_id"""),
            table("reaction_statement", """
                    select b, row(number, wamid, r.kind, value, emoji, reacted_at, digest)
                    from reaction_statement r join message m on m.id = r.message_id join acc on acc.id = m.account_id"""),
            table("message_reaction", """
                    select b, row(number, wamid, reactor, emoji, reacted_at)
                    from message_reaction r join message m on m.id = r.message_id join acc on acc.id = m.account_id"""),
            table("flow_response", """
                    select b, row(number, wamid, f.name, flow_token, response::text, completed_at, digest)
                    from flow_response f join message m on m.id = f.message_id join acc on acc.id = m.account_id"""),
            table("template", """
                    select b, row(number, template_id, name, language, named_at, status, reason, status_at, quality,
                        quality_at, category, category_at, components::text, components_at)
                    from template join acc on acc.id = account_id"""),
            table("call", """
                    select b, row(number, call_id, direction, event, status, wa_id, user_id, started_at, ended_at,
                        duration_s, callback_data, event_at, status_at, peer_kind, peer_value, called_at, accepted_at, opened_at)
                    from call join acc on acc.id = account_id"""),
            table("preference_statement", """
                    select b, row(number, kind, value, category, preference, stated_at, digest)
                    from preference_statement join acc on acc.id = account_id"""),
            table("contact_preference", """
                    select b, row(number, w.ids, category, value, stated_at, digest)
                    from contact_preference p join acc on acc.id = account_id
                    left join who w on w.contact_id = p.contact_id"""),
            table("signup", "select business_id, row(signup_id, subscriber_count, discovered) from signup"),
            table("signup_statement", """
                    select business_id, row(signup_id, kind, value, subscribed_at) from signup_statement"""),
            table("signup_subscription", """
                    select business_id, row(signup_id, w.ids, subscribed_at)
                    from signup_subscription s
                    left join who w on w.contact_id = s.contact_id"""),
            table("contact_label", """
                    select c.business_id, row(w.ids, l.name, by_hand)
                    from contact_label x join contact c on c.id = x.contact_id join label l on l.id = label_id
                    left join who w on w.contact_id = c.id"""),
            table("campaign", """
                    select business_id, row(key, total, sent, delivered, read, failed,
                        sealed_at is not null, completed_at is not null) from campaign"""),
            table("campaign_recipient", """
                    select c.business_id, row(c.key, wamid, recipient, r.status, r.status_rank)
                    from campaign_recipient r join campaign c on c.id = campaign_id
                    left join message m on m.id = message_id"""),
            table("account_notice", """
                    select b, row(number, fact_key, field, value::text, occurred_at)
                    from account_notice join acc on acc.id = account_id"""),
            table("campaign.completed", """
                    select (body::json -> 'data' ->> 'business')::bigint, row(id) from hook_event
                    where type = 'campaign.completed'"""),
            // notices of contacts only tell the last state, and operations are not facts
            table("hook_event", """
                    select b, row(e.type, e.id) from hook_event e join acc on acc.id = e.account_id
                    where type not like 'contact.%' and type not like 'payload.%' and type not like 'endpoint.%'"""));

    private static Map.Entry<String, String> table(String name, String query) {
        return Map.entry(name, query);
    }

    private Dump() {}

    /// By business, its lines in order.
    static Map<Long, List<String>> of(DSLContext database) {
        Map<Long, TreeSet<String>> lines = new HashMap<>();
        LINES.forEach((table, query) -> database.resultQuery(WITH + "select b, count(*), line::text from (" + query
                        + ") as t (b, line) group by b, line::text")
                .fetch()
                .forEach(r -> lines.computeIfAbsent(r.get(0, Long.class), b -> new TreeSet<>())
                        .add(table + " " + r.get(2, String.class) + times(r.get(1, Long.class)))));
        Map<Long, List<String>> ordered = new HashMap<>();
        lines.forEach((business, set) -> ordered.put(business, List.copyOf(set)));
        return ordered;
    }

    private static String times(long count) {
        return count == 1 ? "" : " × " + count;
    }
}
