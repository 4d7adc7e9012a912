package dev.twotick.model.whatsapp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumberSpellingTest {

    @Test
    void eachSpellingOfANumberLeadsToTheOther() {
        assertPair("5511987654321", "551187654321");
        assertPair("5531998765432", "553198765432");
        assertPair("525512345678", "5215512345678");
        assertPair("5491123456789", "541123456789");
        assertPair("5493511234567", "543511234567");
        assertPair("2250102123456", "22502123456");
        assertPair("2250546123456", "22546123456");
        assertPair("2250707123456", "22507123456");
        assertPair("2290190123456", "22990123456");
    }

    @Test
    void anArgentineMobileNumberWrittenAtHomeIsTheSame() {
        for (String written : List.of("54111523456789", "549111523456789")) {
            assertThat(NumberSpelling.canonical(written)).isEqualTo("5491123456789");
        }
        assertThat(NumberSpelling.canonical("54351151234567")).isEqualTo("5493511234567");
        assertThat(NumberSpelling.canonical("54290115123456")).isEqualTo("5492901123456");
        assertThat(NumberSpelling.all("5492901123456"))
                .startsWith("5492901123456")
                .contains("542901123456", "54290115123456")
                .allMatch(spelling -> NumberSpelling.canonical(spelling).equals("5492901123456"));
    }

    @Test
    void numbersThatBothExistAreTwo() {
        // a landline and a mobile of São Paulo; Nextel's, which never got the ninth digit; MTN's and Orange's
        for (List<String> two : List.of(
                List.of("551138765432", "5511938765432"),
                List.of("551178765432", "5511978765432"),
                List.of("2250507123456", "2250707123456"))) {
            assertThat(NumberSpelling.canonical(two.getFirst())).isNotEqualTo(NumberSpelling.canonical(two.getLast()));
        }
        assertThat(NumberSpelling.other("551138765432")).isEmpty();
        assertThat(NumberSpelling.other("4915112345678")).isEmpty();
        assertThat(NumberSpelling.all("US.1349")).containsExactly("US.1349");
    }

    /// Two exceptions, which the plans' own words settle: Argentina gives each ten digits once, to a mobile or a
    /// landline, and the 9 only tells which; every number of Benin got its 01.
    @Test
    void ofTwoSpellingsTheNumberingPlansKnowOne() {
        List<String> bothExist = new ArrayList<>();
        for (int area = 11; area <= 99; area++) {
            for (int rest = 0; rest < 100; rest++) {
                unlessOneExists("55" + area + "9" + twoDigits(rest) + "765432", bothExist);
                unlessOneExists("52" + area + twoDigits(rest) + "765432", bothExist);
                for (String operator : List.of("01", "05", "07")) {
                    unlessOneExists("225" + operator + area + twoDigits(rest) + "5432", bothExist);
                }
            }
        }
        assertThat(bothExist).isEmpty();
    }

    private static void unlessOneExists(String number, List<String> bothExist) {
        if (NumberSpelling.other(number).filter(NumberSpellingTest::exists).isPresent() && exists(number)) {
            bothExist.add(number);
        }
    }

    private static boolean exists(String digits) {
        try {
            PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();
            return numbers.isValidNumber(numbers.parse("+" + digits, null));
        } catch (NumberParseException e) {
            return false;
        }
    }

    private static void assertPair(String today, String old) {
        assertThat(NumberSpelling.canonical(old)).isEqualTo(today);
        assertThat(NumberSpelling.canonical(today)).isEqualTo(today);
        assertThat(NumberSpelling.other(today)).contains(old);
        assertThat(NumberSpelling.other(old)).contains(today);
        assertThat(NumberSpelling.all(today)).startsWith(today).contains(old);
        assertThat(NumberSpelling.all(old)).startsWith(old).contains(today);
    }

    private static String twoDigits(int number) {
        return "%02d".formatted(number);
    }
}
