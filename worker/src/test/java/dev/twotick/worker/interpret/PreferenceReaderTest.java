package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.WABA;
import static dev.twotick.worker.interpret.Bodies.change;
import static dev.twotick.worker.interpret.Bodies.entry;
import static dev.twotick.worker.interpret.Bodies.facts;
import static dev.twotick.worker.interpret.Bodies.factsOf;
import static dev.twotick.worker.interpret.Bodies.payload;
import static dev.twotick.worker.interpret.Bodies.status;
import static dev.twotick.worker.interpret.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.interpret.Fact.Effect.PreferenceStated;
import dev.twotick.worker.interpret.Fact.Effect.SignedUp;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Preferences, and sign-ups wherever they stand.
class PreferenceReaderTest {
    private static final Person ANN = new Person("1", "US.1", null, null, null, Instant.ofEpochSecond(1778766865));
    private static final String SIGNUP = "{\"wa_id\":\"1\",\"signup_id\":\"S\",\"timestamp\":\"1778766865\"}";
    private static final String SIGNUP_KEY = "signup:" + NUMBER + ":S:1:1778766865";

    @Test
    void aPreferenceIsThePersonsWord() {
        assertThat(effects(preference("\"category\":\"marketing_messages\",\"value\":\"stop\"")))
                .containsExactly(new PreferenceStated(ANN, "marketing_messages", "stop"));
    }

    @Test
    void withASignUpItIsTwoFactsWithAKeyEach() {
        List<Fact> facts = preference("\"category\":\"m\",\"value\":\"resume\",\"signup_id\":\"S\"");

        assertThat(effects(facts)).containsExactly(new PreferenceStated(ANN, "m", "resume"), new SignedUp(ANN, "S"));
        assertThat(facts).extracting(fact -> fact.item().key()).last().isEqualTo(SIGNUP_KEY);
        assertThat(facts)
                .extracting(fact -> fact.item().key())
                .first()
                .asString()
                .startsWith("sha256:");
        assertThat(facts)
                .extracting(fact -> fact.item().raw())
                .containsOnly(facts.getFirst().item().raw());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "category":"m","value":"stop","signup_id":"S"   | PreferenceStated
            "category":"m","value":"STOP","signup_id":"S"   | PreferenceStated
            "category":"m","value":"resume","signup_id":""  | PreferenceStated
            "category":"m","signup_id":"S"                  | SignedUp null
            "value":"resume","signup_id":123                | SignedUp null
            "category":"m"                                  | null
            "category":7,"value":"resume"                   | null
            "category":"m","value":[]                       | null
            """)
    void whatCanBeReadOfAPreferenceIs(String item, String effects) {
        assertThat(preference(item))
                .extracting(fact -> ((Fact.Noticed) fact).effect())
                .extracting(
                        effect -> effect == null ? "null" : effect.getClass().getSimpleName())
                .containsExactly(effects.split(" ", -1));
    }

    @Test
    void aPreferenceOfNobodyIsKept() {
        assertThat(effects(
                        factsOf("user_preferences", "\"user_preferences\":[{\"category\":\"m\",\"value\":\"stop\"}]")))
                .isEmpty();
        assertThat(effects(factsOf("user_preferences", """
                        "contacts":[{"wa_id":"1"}],"user_preferences":[{"category":"m","value":"stop"}]""")))
                .containsExactly(new PreferenceStated(new Person("1", null, null, null, null, null), "m", "stop"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"in_app_signup", "messages", "tomorrows_field", "calls", "message_template_status_update"})
    void aSignUpMayStandInAnyField(String field) {
        List<Fact> one = factsOf(field, "\"message_template_id\":1,\"in_app_signup\":" + SIGNUP);
        List<Fact> many = factsOf(field, "\"in_app_signup\":[" + SIGNUP + ",7]");

        assertThat(effects(one)).filteredOn(SignedUp.class::isInstance).containsExactly(signedUp("1"));
        assertThat(one).extracting(fact -> fact.item().key()).contains(key(field));
        assertThat(effects(many)).filteredOn(SignedUp.class::isInstance).containsExactly(signedUp("1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"in_app_signup", "messages", "tomorrows_field", "calls"})
    void theMessagesAndStatusesBesideASignUpAreHandled(String field) {
        assertThat(factsOf(
                        field,
                        "\"in_app_signup\":" + SIGNUP + ",\"messages\":[" + text("a", "1") + "]"
                                + (field.equals("calls") ? "" : ",\"statuses\":[" + status("b", "sent") + "]")))
                .extracting(fact -> fact.item().key())
                .contains("in:" + NUMBER + ":a", SIGNUP_KEY)
                .hasSize(field.equals("calls") ? 2 : 3);
    }

    @Test
    void theValueOfTheFieldMayBeTheSignUpItself() {
        List<Fact> facts = factsOf(
                "in_app_signup",
                "\"wa_id\":\"1\",\"signup_id\":\"S\",\"timestamp\":1778766865,\"messages\":[" + text("a", "1") + "]");

        assertThat(facts).extracting(fact -> fact.item().key()).containsExactly("in:" + NUMBER + ":a", SIGNUP_KEY);
        assertThat(facts.getLast().item().raw()).contains("signup_id").doesNotContain("hello");
        assertThat(effects(facts)).containsExactly(signedUp("1"));
    }

    @Test
    void aSignUpWithoutANumbersAccountBelongsToTheWaba() {
        String body = payload(entry(change("in_app_signup", "{\"user_id\":\"US.1\",\"signup_id\":\"S\"}")));

        assertThat(facts(body).facts())
                .extracting(fact -> fact.item().key())
                .containsExactly("signup:waba:" + WABA + ":S:US.1:");
    }

    @Test
    void aSignUpOfNobodyIsKept() {
        assertThat(factsOf("in_app_signup", "\"in_app_signup\":{\"signup_id\":\"S\"}"))
                .singleElement()
                .satisfies(fact -> assertThat(((Fact.Noticed) fact).effect()).isNull());
    }

    private static SignedUp signedUp(String waId) {
        return new SignedUp(new Person(waId, null, null, null, null, Instant.ofEpochSecond(1778766865)), "S");
    }

    private static String key(String field) {
        return field.startsWith("message_template") ? SIGNUP_KEY.replace(NUMBER, "waba:" + WABA) : SIGNUP_KEY;
    }

    private static List<Fact> preference(String members) {
        return factsOf(
                "user_preferences",
                "\"user_preferences\":[{\"wa_id\":\"1\",\"user_id\":\"US.1\",\"timestamp\":1778766865," + members
                        + "}]");
    }

    private static List<Fact.@Nullable Effect> effects(List<Fact> facts) {
        return facts.stream()
                .filter(Fact.Noticed.class::isInstance)
                .map(fact -> ((Fact.Noticed) fact).effect())
                .filter(effect -> effect != null)
                .toList();
    }
}
