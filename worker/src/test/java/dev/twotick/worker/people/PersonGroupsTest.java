package dev.twotick.worker.people;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PersonGroupsTest {

    @Test
    void idsNamedTogetherAreOneContact() {
        assertThat(groups(mention("w1", "u1", 1), mention("", "u1", "p1", 2))).isEqualTo("{p1 u1 w1}");
    }

    @Test
    void ofARecycledNumberOnlyTheNewestUserIdLinksToIt() {
        assertThat(groups(mention("w1", "u1", 1), mention("w1", "u2", 2))).isEqualTo("{u1} {u2 w1}");
        assertThat(groups(mention("w1", "u1", 3), mention("w1", "u2", 2))).isEqualTo("{u1 w1} {u2}");
    }

    @Test
    void aMentionWithoutATimeRanksBelowEveryOther() {
        assertThat(groups(mention("w1", "u9", -1), mention("w1", "u2", 2))).isEqualTo("{u2 w1} {u9}");
    }

    @Test
    void aNewUserIdIsTheSamePerson() {
        assertThat(groups(List.of(mention("w1", "u1", 1), mention("w1", "u2", 5)), step("u1", "u2", 5)))
                .isEqualTo("{u1 u2 w1}");
    }

    @Test
    void aNumberThatChangedKeepsItsPersonWhoeverIsKnownByUserId() {
        IdentityStep moved = step("w1", "w2", 5);
        assertThat(groups(List.of(), moved)).isEqualTo("{w1 w2}");
        assertThat(groups(List.of(mention("w1", "u1", 1)), moved)).isEqualTo("{u1 w1 w2}");
        assertThat(groups(List.of(mention("w2", "u2", 9)), moved)).isEqualTo("{u2 w1 w2}");
        assertThat(groups(List.of(mention("w1", "u1", 1), mention("w2", "u2", 9)), moved))
                .isEqualTo("{u1 u2 w1 w2}");
    }

    @Test
    void whoHeldTheNewNumberBeforeIsSomebodyElse() {
        assertThat(groups(List.of(mention("w2", "u8", 1)), step("w1", "w2", 5))).isEqualTo("{u8} {w1 w2}");
        assertThat(groups(List.of(mention("w2", "u8", 1), mention("w2", "u2", 9)), step("w1", "w2", 5)))
                .isEqualTo("{u2 w1 w2} {u8}");
    }

    @Test
    void whoGetsTheOldNumberAfterwardsIsSomebodyElse() {
        assertThat(groups(List.of(mention("w1", "u9", 9)), step("w1", "w2", 5))).isEqualTo("{u9 w1} {w2}");
        assertThat(groups(List.of(mention("w1", "u1", 1), mention("w1", "u9", 9)), step("w1", "w2", 5)))
                .isEqualTo("{u1 w2} {u9 w1}");
    }

    @Test
    void whoGetsTheNewNumberLaterStillIsSomebodyElse() {
        assertThat(groups(List.of(mention("w2", "u2", 7), mention("w2", "u9", 9)), step("w1", "w2", 5)))
                .isEqualTo("{u2 w1} {u9 w2}");
    }

    @Test
    void aUserIdThatBecameANumberHasItUntilSomebodyElseDoes() {
        assertThat(groups(List.of(mention("w1", "u1", 1)), step("u1", "w2", 5))).isEqualTo("{u1 w1 w2}");
        assertThat(groups(List.of(mention("w2", "u9", 9)), step("u1", "w2", 5))).isEqualTo("{u1 u9 w2}");
    }

    @Test
    void theGroupsAreAFunctionOfTheSet() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            List<Mention> mentions = new ArrayList<>();
            List<IdentityStep> steps = new ArrayList<>();
            for (int i = random.nextInt(1, 9); i > 0; i--) {
                mentions.add(randomMention(random));
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                IdentityStep step = step(randomId(random), randomId(random), random.nextInt(-1, 6));
                if (!step.from().equals(step.to())) {
                    steps.add(step);
                }
            }
            String expected = show(PersonGroups.of(Set.of(), mentions, steps));
            Collections.shuffle(mentions, random);
            Collections.shuffle(steps, random);
            assertThat(show(PersonGroups.of(Set.of(), mentions, steps)))
                    .as("seed %d", seed)
                    .isEqualTo(expected);
            assertThat(anchorsAreWithTheirMentions(mentions, PersonGroups.of(Set.of(), mentions, steps)))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }

    /// User id and parent of one mention are never apart.
    private static boolean anchorsAreWithTheirMentions(
            List<Mention> mentions, Collection<NavigableSet<Identity>> groups) {
        return mentions.stream()
                .allMatch(mention -> groups.stream()
                        .anyMatch(group -> mention.key().identities().stream()
                                        .filter(identity -> !identity.isNumber())
                                        .allMatch(group::contains)
                                && group.contains(mention.key().anchor())));
    }

    private static Mention randomMention(Random random) {
        String wa = random.nextInt(3) == 0 ? "" : "w" + random.nextInt(3);
        String user = random.nextInt(3) == 0 ? "" : "u" + random.nextInt(4);
        String parent = random.nextInt(4) != 0 && !(wa + user).isEmpty() ? "" : "p" + random.nextInt(2);
        return mention(wa, user, parent, random.nextInt(-1, 6));
    }

    private static String randomId(Random random) {
        return List.of("w0", "w1", "w2", "u0", "u1", "u2").get(random.nextInt(6));
    }

    private static Mention mention(String wa, String user, int at) {
        return mention(wa, user, "", at);
    }

    private static Mention mention(String wa, String user, String parent, int at) {
        return new Mention(new Mention.Key(1, wa, user, parent), time(at), null, null, null);
    }

    private static IdentityStep step(String from, String to, int at) {
        return new IdentityStep(id(from), id(to), time(at));
    }

    private static Identity id(String value) {
        return new Identity(1, value.startsWith("w") ? Identity.WA_ID : Identity.USER_ID, value);
    }

    private static String groups(Mention... mentions) {
        return groups(List.of(mentions), (IdentityStep) null);
    }

    private static String groups(List<Mention> mentions, @Nullable IdentityStep step) {
        return show(PersonGroups.of(Set.of(), mentions, step == null ? List.of() : List.of(step)));
    }

    private static String show(Collection<NavigableSet<Identity>> groups) {
        return String.join(
                " ",
                groups.stream()
                        .map(group -> "{"
                                + String.join(
                                        " ",
                                        group.stream()
                                                .map(Identity::value)
                                                .sorted()
                                                .toList())
                                + "}")
                        .sorted()
                        .toList());
    }

    private static @Nullable Instant time(int at) {
        return at < 0 ? null : Instant.ofEpochSecond(at);
    }
}
