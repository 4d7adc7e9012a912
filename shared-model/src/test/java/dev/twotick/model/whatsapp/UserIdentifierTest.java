package dev.twotick.model.whatsapp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.whatsapp.UserIdentifier.ParentUserId;
import dev.twotick.model.whatsapp.UserIdentifier.UserId;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import org.junit.jupiter.api.Test;

class UserIdentifierTest {

    @Test
    void aPlusMakesNoSecondPerson() {
        assertThat(UserIdentifier.parse("+16505551234")).isEqualTo(UserIdentifier.parse("16505551234"));
        assertThat(UserIdentifier.parse("16505551234")).contains(new WaId("16505551234"));
    }

    @Test
    void aBusinessScopedIdIsKnownByItsForm() {
        assertThat(UserIdentifier.parse("US.13491208655302741918")).contains(new UserId("US.13491208655302741918"));
        assertThat(UserIdentifier.parse("US.ENT.118157992")).contains(new ParentUserId("US.ENT.118157992"));
        assertThat(UserIdentifier.isBusinessScoped("US.1")).isTrue();
        assertThat(UserIdentifier.isBusinessScoped("Y2FwaV9ncm91cDox")).isFalse();
    }

    @Test
    void blankAndOverlongTextNamesNobody() {
        assertThat(UserIdentifier.parse(" ")).isEmpty();
        assertThat(UserIdentifier.parse("+")).contains(new UserId("+"));
        assertThat(UserIdentifier.parse("1".repeat(UserIdentifier.MAX_LENGTH + 1)))
                .isEmpty();
    }

    @Test
    void aNumberWrittenForPeopleHasTheSameDigits() {
        assertThat(UserIdentifier.digitsOf("+1 (650) 555-1234")).isEqualTo("16505551234");
        assertThat(UserIdentifier.digitsOf("+1\u00a0650/555-1234")).isEqualTo("16505551234");
        assertThat(UserIdentifier.digitsOf("16505551234")).isEqualTo("16505551234");
        assertThat(UserIdentifier.digitsOf("US.1")).isEmpty();
        assertThat(UserIdentifier.digitsOf("")).isEmpty();
    }
}
