package dev.twotick.worker.messages;

import static dev.twotick.worker.apply.TestFacts.ADA;
import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.notice;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.AppliedFacts;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Meta's customer service window: 24 hours from the user's last message or call.
@WithStores
class WindowsTest extends AppliedFacts {

    @Test
    void aCallOfTheUsersOpensTheWindowAndIsNoMessage() {
        twotick.apply(call("connect", Direction.INBOUND, ADA, 0));

        assertThat(windows()).isEqualTo("16505551234 until +0 unread 0");
        assertThat(row("select last_message_at is null from conversation")).isEqualTo(true);
        assertThat(twotick.events()).containsExactly("account.discovered", "call.updated", "contact.created");
    }

    @Test
    void itOpensWhenTheCallBeginsWhateverIsToldOfIt() {
        twotick.sameInEveryOrder(
                call("connect", Direction.INBOUND, ADA, 10),
                ended(Direction.INBOUND, 14, 3600),
                text("wamid.A", "before").fact());

        assertThat(windows()).isEqualTo("16505551234 until +10 unread 1");
    }

    @Test
    void aCallOfWhichOnlyTheEndIsToldBeganWhenItWasTaken() {
        twotick.apply(ended(Direction.INBOUND, 14, 3600));

        assertThat(windows()).isEqualTo("16505551234 until +14 unread 0");
    }

    @Test
    void theLastOfMessagesAndCallsCounts() {
        twotick.sameInEveryOrder(
                call("connect", Direction.INBOUND, ADA, 10),
                text("wamid.A", "after").later(20).fact(),
                text("wamid.B", "ours").by(Source.ECHO).later(30).fact());

        assertThat(windows()).isEqualTo("16505551234 until +20 unread 1");
    }

    @Test
    void aCallOfTheBusinesssOpensNoWindow() {
        twotick.apply(call("connect", Direction.OUTBOUND, ADA, 10), ended(Direction.OUTBOUND, 12, 60), ringing(11));

        assertThat(windows()).isEmpty();
        assertThat(row("select count(*) from conversation")).isEqualTo(0L);

        twotick.apply(text("wamid.A", "hello").fact());
        twotick.apply(call("terminate", Direction.OUTBOUND, ADA, 90));
        assertThat(windows()).isEqualTo("16505551234 until +0 unread 1");
    }

    @Test
    void whoTakesACallOfTheBusinesssOpensIt() {
        twotick.sameInEveryOrder(ringing(10), status("ACCEPTED", 15), call("connect", Direction.OUTBOUND, ADA, 10));

        assertThat(windows()).isEqualTo("16505551234 until +15 unread 0");
    }

    @Test
    void aMessageThatLeavesDoesNotTakeTheCallsWindowWithIt() {
        twotick.sameInEveryOrder(
                call("connect", Direction.INBOUND, ADA, 10),
                text("wamid.A", "by Ada").later(20).fact(),
                text("wamid.A", "by Ben").peer(BEN).later(21).fact());

        assertThat(windows()).isEqualTo("16505551234 until +10 unread 0, 16505559999 until +21 unread 1");
    }

    @Test
    void aCallBelongsToTheMostTellingIdThatItsItemsName() {
        Person known = new Person(null, "US.1", null, null, null, NOON);
        twotick.sameInEveryOrder(
                call("connect", Direction.INBOUND, ADA, 10),
                call("terminate", Direction.INBOUND, known, 40),
                text("wamid.A", "by number").fact());

        assertThat(windows()).isEqualTo("16505551234 until +0 unread 1, US.1 until +10 unread 0");
    }

    @Test
    void aCallFollowsItsNumber() {
        Person before = new Person("16505551234", "US.1", null, null, null, NOON.plusSeconds(2));
        Person now = new Person("16505551234", "US.2", null, null, null, NOON.plusSeconds(5));
        List<Fact> facts = List.of(
                call("connect", Direction.INBOUND, ADA, 10),
                text("wamid.A", "by both").peer(before).later(2).fact(),
                text("wamid.B", "whose number it is now").peer(now).later(5).fact());
        for (List<Fact> order : TestApplier.orders(facts)) {
            twotick.empty();
            order.forEach(twotick::apply);

            assertThat(windows()).isEqualTo("16505551234 US.2 until +10 unread 1, US.1 until +2 unread 1");
        }
    }

    private static Fact call(String event, Direction direction, Person peer, int second) {
        return reported(event, direction, null, peer, second, null);
    }

    private static Fact ended(Direction direction, int taken, int end) {
        return reported("terminate", direction, "COMPLETED", ADA, end, NOON.plusSeconds(taken));
    }

    private static Fact ringing(int second) {
        return status("RINGING", second);
    }

    private static Fact status(String word, int second) {
        return reported(null, Direction.OUTBOUND, word, ADA, second, null);
    }

    private static Fact reported(
            @Nullable String event,
            Direction direction,
            @Nullable String status,
            Person peer,
            int second,
            @Nullable Instant startedAt) {
        String item = "{\"event\":\"" + event + "\",\"status\":\"" + status + "\",\"at\":" + second + "}";
        return notice(
                "call:" + item,
                NOON.plusSeconds(second),
                item,
                new Effect.CallReported("wacid.1", direction, event, status, peer, startedAt, null, null, null));
    }

    /// When each window ends, in seconds after it would if it had opened at noon.
    private static String windows() {
        return String.join(
                ", ",
                twotick.column("select i.ids || ' until +' || extract(epoch from window_expires_at"
                        + " - timestamptz '2026-11-22T12:00:00Z')::int || ' unread ' || unread_count"
                        + " from conversation c join (select contact_id, string_agg(value, ' ' order by value) as ids"
                        + " from contact_identity group by contact_id) i using (contact_id) order by 1"));
    }

    private static Object row(String sql) {
        return twotick.row(sql);
    }
}
