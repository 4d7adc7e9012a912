package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.MetaBodies;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.interpret.Person;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A group has a conversation of its own: what a person writes in it is not in their private one.
@WithStores
class GroupsTest extends AppliedFacts {
    private static final String GROUP = "Y2FwaV9ncm91cDoxNTU1MDAwMTAwMA";
    private static final long AT = NOON.getEpochSecond();

    @Test
    void whatIsWrittenInAGroupIsTheGroupsAndWhoWroteStaysOnTheMessage() {
        twotick.sameInEveryOrder(
                text("wamid.A", "in private").fact(),
                text("wamid.B", "by Ada").in(GROUP).later(60).fact(),
                text("wamid.C", "by Ben").in(GROUP).peer(BEN).later(90).fact());

        assertThat(conversations())
                .containsExactly(
                        "group: wamid.B wamid.C unread 2 last 12:01:30 until 12:01:30",
                        "16505551234: wamid.A unread 1 last 12:00:00 until 12:00:00");
        assertThat(twotick.column("select from_wa_id from message order by wamid"))
                .containsExactly("16505551234", "16505551234", "16505559999");
        assertThat(row("select count(*) from contact")).isEqualTo(2L);
        assertThat(
                        twotick.column(
                                "select body::json->'data'->>'group_id' || (body::json->'data'->>'conversation_id' ="
                                        + " (select id::text from conversation where group_id is not null))"
                                        + " || (body::json->'data'->>'contact_id' is not null)"
                                        + " from hook_event where type = 'message.received' and body::json->'data'->>'wamid' <> 'wamid.A'"))
                .containsExactly(GROUP + "truetrue", GROUP + "truetrue");
    }

    @Test
    void eachAccountHasItsOwnConversationWithAGroup() {
        twotick.apply(groupText("1001", "wamid.A"), groupText("1002", "wamid.B"), groupText("1001", "wamid.C"));

        assertThat(twotick.column("select phone_number_id || ' ' || unread_count from conversation"
                        + " join account on account.id = account_id where group_id = '" + GROUP + "' order by 1"))
                .containsExactly("1001 2", "1002 1");
    }

    @Test
    void theBusinesssOwnWordsAreInTheGroupAndOpenNoWindow() {
        twotick.apply(MetaBodies.envelope(echo("wamid.A", "\"group_id\":\"" + GROUP + "\"")));
        twotick.apply(MetaBodies.envelope(echo("wamid.B", "\"recipient_type\":\"group\",\"to\":\"" + GROUP + "\"")));
        twotick.apply(text("wamid.C", "told later").by(Source.HISTORY).in(GROUP).fact());

        assertThat(row(
                        "select group_id || unread_count || (select count(*) from message m where m.conversation_id = c.id"
                                + " and m.group_id = c.group_id) from conversation c"))
                .isEqualTo(GROUP + "03");
        assertThat(row("select direction from message where wamid = 'wamid.A'")).isEqualTo("outbound");
        assertThat(twotick.column(
                        "select body::json->'data'->>'group_id' from hook_event where type = 'message.echoed'"))
                .containsExactly(GROUP, GROUP);
    }

    @Test
    void reactionsEditsAndRevocationsAreInTheGroupAndCountAsNothing() {
        twotick.sameInEveryOrder(
                text("wamid.A", "hello").in(GROUP).fact(),
                message("wamid.R")
                        .reactsTo("wamid.A", "+")
                        .in(GROUP)
                        .peer(BEN)
                        .later(5)
                        .fact(),
                text("wamid.E", "edited").edits("wamid.A").in(GROUP).later(6).fact(),
                message("wamid.V").revokes("wamid.A").in(GROUP).later(7).fact());

        assertThat(conversations())
                .containsExactly("group: wamid.A wamid.E wamid.R wamid.V unread 1 last 12:00:00 until 12:00:00");
        assertThat(twotick.data("reaction.changed", "group_id")).isEqualTo(GROUP);
        assertThat(twotick.data("message.edited", "group_id")).isEqualTo(GROUP);
        assertThat(twotick.data("message.revoked", "group_id")).isEqualTo(GROUP);
        assertThat(row("select reactor from message_reaction")).isEqualTo("16505559999");
    }

    @Test
    void aGroupsStatusesSayWhichGroupAndAreEachParticipants() {
        twotick.apply(MetaBodies.statuses(
                MetaBodies.NUMBER, List.of(status("delivered", "16505551234"), status("delivered", "16505559999"))));

        assertThat(
                        row(
                                "select group_id || status || (recipient_wa_id is null) || (conversation_id is null) from message"))
                .isEqualTo(GROUP + "deliveredtruetrue");
        assertThat(twotick.column("select recipient_id || participant from message_status order by 1"))
                .containsExactly(GROUP + "16505551234", GROUP + "16505559999");
        assertThat(twotick.column("select body::json->'data'->>'group_id' || (body::json->'data'->>'participant')"
                        + " from hook_event where type = 'message.delivered' order by 1"))
                .containsExactly(GROUP + "16505551234", GROUP + "16505559999");
        assertThat(row("select count(*) from contact")).isEqualTo(0L);
    }

    @Test
    void aFlowThatIsSentBackInAGroupSaysSo() {
        twotick.apply(MetaBodies.messages(MetaBodies.NUMBER, List.of(), List.of("""
                {"from":"16505551234","id":"wamid.A","timestamp":"%d","group_id":"%s","type":"interactive",\
                "interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent",\
                "response_json":"{\\"flow_token\\":\\"t\\"}"}}}""".formatted(AT, GROUP))));

        assertThat(twotick.data("flow.completed", "group_id")).isEqualTo(GROUP);
    }

    @Test
    void aContentThatProvesToBeAGroupsLeavesThePrivateConversation() {
        twotick.sameInEveryOrder(
                text("wamid.A", "private").fact(),
                text("wamid.B", "where?").later(1).fact(),
                text("wamid.B", "in the group").in(GROUP).later(2).fact());

        assertThat(conversations())
                .containsExactly(
                        "group: wamid.B unread 1 last 12:00:02 until 12:00:02",
                        "16505551234: wamid.A unread 1 last 12:00:00 until 12:00:00");
    }

    @Test
    void whenPeopleProveToBeOneTheirGroupsStayAsTheyAre() {
        twotick.apply(text("wamid.A", "by number").in(GROUP).fact());
        twotick.apply(text("wamid.B", "by id")
                .in(GROUP)
                .peer(ada(null, "US.1", 1))
                .later(1)
                .fact());
        twotick.apply(
                text("wamid.C", "by id").peer(ada(null, "US.1", 2)).later(2).fact());
        twotick.apply(text("wamid.D", "by number").later(3).fact());
        Object group = row("select id from conversation where group_id is not null");

        twotick.apply(text("wamid.E", "by both")
                .in(GROUP)
                .peer(ada("16505551234", "US.1", 4))
                .later(4)
                .fact());

        assertThat(row("select count(*) from contact")).isEqualTo(1L);
        assertThat(row("select id from conversation where group_id is not null"))
                .isEqualTo(group);
        assertThat(twotick.column("select string_agg(wamid, ' ' order by wamid) || ' ' || max(unread_count)"
                        + " from message join conversation c on c.id = conversation_id group by c.id order by 1"))
                .containsExactly("wamid.A wamid.B wamid.E 3", "wamid.C wamid.D 2");
    }

    private static List<String> conversations() {
        return twotick.column("select coalesce(i.value, 'group') || ': '"
                + " || (select string_agg(wamid, ' ' order by wamid) from message m where m.conversation_id = c.id)"
                + " || ' unread ' || unread_count || ' last ' || to_char(last_message_at at time zone 'UTC', 'HH24:MI:SS')"
                + " || ' until ' || to_char(window_expires_at at time zone 'UTC', 'HH24:MI:SS')"
                + " from conversation c left join contact_identity i on i.contact_id = c.contact_id"
                + " order by c.group_id nulls last, 1");
    }

    private static byte[] groupText(String number, String wamid) {
        return MetaBodies.messages(number, List.of(), List.of("""
                {"from":"16505551234","id":"%s","timestamp":"%d","group_id":"%s","type":"text",\
                "text":{"body":"hello"}}""".formatted(wamid, AT, GROUP)));
    }

    private static String echo(String wamid, String whereTo) {
        return MetaBodies.change(
                        MetaBodies.NUMBER, List.of(), "message_echoes", List.of("""
                        {"from":"15550783881","id":"%s","timestamp":"%d","type":"text","text":{"body":"hi"},%s}""".formatted(wamid, AT, whereTo)))
                .replace("\"field\":\"messages\"", "\"field\":\"smb_message_echoes\"");
    }

    private static String status(String word, String participant) {
        return """
                {"id":"wamid.O","status":"%s","timestamp":"%d","recipient_id":"%s","recipient_type":"group",\
                "recipient_participant_id":"%s"}""".formatted(word, AT, GROUP, participant);
    }

    private static Person ada(String number, String user, int at) {
        return new Person(number, user, null, "Ada", null, NOON.plusSeconds(at));
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
