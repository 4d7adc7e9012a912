package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Person;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the first version writes while it serves on beside the newer schema: rows without the newer columns.
@WithStores
class BesideTheFirstVersionTest extends AppliedFacts {

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aMessageOfTheFirstVersionIsNotToldAgain(Kind kind) {
        Fact fact = switch (kind) {
            case CONTENT -> text("wamid.A", "hello").fact();
            case REACTION -> message("wamid.A").reactsTo("wamid.B", "👍").fact();
            case EDIT -> text("wamid.A", "edited").edits("wamid.B").fact();
            case REVOKE -> message("wamid.A").revokes("wamid.B").fact();
            case SYSTEM -> message("wamid.A").system().fact();
        };
        twotick.apply(fact);
        String once = twotick.dump();

        asTheFirstVersionLeavesIt();
        assertThat(twotick.dump()).isNotEqualTo(once);
        twotick.apply(fact);

        assertThat(twotick.dump()).isEqualTo(once);
    }

    @Test
    void aPlaceholderOfTheFirstVersionGivesWayToo() {
        Fact placeholder =
                message("wamid.A").placeholder().error(131051).later(5).fact();
        twotick.apply(placeholder);
        twotick.apply(text("wamid.A", "hello").fact());
        String once = twotick.dump();
        twotick.empty();
        twotick.apply(placeholder);

        asTheFirstVersionLeavesIt();
        twotick.apply(placeholder);
        twotick.apply(text("wamid.A", "hello").fact());

        assertThat(twotick.dump()).isEqualTo(once);
    }

    @Test
    void itIsAnOrdinaryRowOnceAnEditSpokeAboutIt() {
        Fact edit = text("wamid.E", "edited").edits("wamid.A").later(10).fact();
        twotick.apply(text("wamid.A", "hello").fact());
        twotick.apply(edit);
        String edited = twotick.dump();
        twotick.empty();
        twotick.apply(text("wamid.A", "hello").fact());

        asTheFirstVersionLeavesIt();
        twotick.apply(edit);

        assertThat(twotick.dump()).isEqualTo(edited);
    }

    @Test
    void aStatusOfTheFirstVersionStillMakesItOutbound() {
        twotick.apply(status("wamid.A", "delivered", 1));

        asTheFirstVersionLeavesIt();
        twotick.apply(text("wamid.E", "edited").edits("wamid.A").later(10).fact());

        assertThat(row("select direction || direction_rank from message where wamid = 'wamid.A'"))
                .isEqualTo("outbound3");
    }

    @Test
    void aReactionOfTheFirstVersionIsNotCountedAnew() {
        twotick.apply(text("wamid.A", "hello").fact());
        twotick.apply(message("wamid.R").reactsTo("wamid.A", "👍").later(60).fact());
        twotick.apply(text("wamid.B", "first").fact());

        asTheFirstVersionLeavesIt();
        twotick.apply(text("wamid.B", "replaced").later(5).fact());

        assertThat(row("select unread_count from conversation")).isEqualTo(2);
    }

    @Test
    void aMessageOfTheFirstVersionFollowsItsNumber() {
        twotick.apply(text("wamid.A", "by both").peer(ada("w1", "u1", 0)).fact());
        twotick.apply(text("wamid.B", "by number").peer(ada("w1", null, 1)).fact());

        asTheFirstVersionLeavesIt();
        twotick.apply(text("wamid.C", "another").peer(ada("w1", "u9", 9)).fact());

        assertThat(row("select string_agg(wamid, ' ' order by wamid) from message m"
                        + " join conversation c on c.id = m.conversation_id"
                        + " join contact_identity i on i.contact_id = c.contact_id where i.value = 'u9'"))
                .isEqualTo("wamid.B wamid.C");
    }

    @Test
    void aContactOfTheFirstVersionKeepsItsNumber() {
        twotick.apply(text("wamid.A", "by both").peer(ada("w1", "u1", 0)).fact());

        twotick.execute("delete from contact_mention");
        twotick.apply(
                text("wamid.B", "renamed")
                        .peer(named("w1", null, "Ada Lovelace", 5))
                        .fact(),
                text("wamid.C", "renamed")
                        .peer(named(null, "u1", "Ada King", 6))
                        .fact());

        assertThat(row("select string_agg(value, ' ' order by value) || ' ' || min(name) from contact_identity"
                        + " join contact on contact.id = contact_id"))
                .isEqualTo("u1 w1 Ada King");
        assertThat(row("select count(*) from contact")).isEqualTo(1L);
    }

    /// The columns that it knows, and the defaults of the others.
    private static void asTheFirstVersionLeavesIt() {
        twotick.execute("update message set told = 0, news = 0, content_rank = null, direction_rank = 0,"
                + " kind = 'content', peer_kind = null, peer_value = null, content_error = null, status_error = null");
    }

    private static Person ada(@Nullable String number, @Nullable String user, int at) {
        return named(number, user, "Ada", at);
    }

    private static Person named(@Nullable String number, @Nullable String user, String name, int at) {
        return new Person(number, user, null, name, null, NOON.plusSeconds(at));
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
