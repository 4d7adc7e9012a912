package dev.twotick.model.whatsapp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of which one is spelled in two ways, because their country once lengthened its numbers, or writes a digit
/// that is dialled from abroad only. Meta's `wa_id` keeps the spelling that an account was made with, so what a
/// person types, an address book holds or a campaign was sent to may differ from what its webhooks say: "For Brazil
/// and Mexico, the extra added prefix of the phone number may be modified by the Cloud API" (Meta, Messages, "Phone
/// number formats").
///
/// A table of our own, since who is who follows from it: it must not change with a library's data. Both spellings of
/// a pair are one line, never two that exist at one time; a test compares that with libphonenumber. So Brazil's ninth
/// digit is one only before 6, 8 and 9: `55 11 3…` is a landline beside the mobile `55 11 93…`, and of those with 7
/// some never got it. docs/numbers.md has the rule of each country, with its source.
public final class NumberSpelling {

    /// @param country   the digits that both begin with
    /// @param today     as it is dialled from abroad now
    /// @param intoOld   replaces what `today` matches
    /// @param old       the other spelling
    /// @param intoToday replaces what `old` matches
    private record Rule(String country, Pattern today, String intoOld, Pattern old, String intoToday) {
        static Rule of(String country, String today, String intoOld, String old, String intoToday) {
            return new Rule(
                    country,
                    Pattern.compile(country + today),
                    country + intoOld,
                    Pattern.compile(country + old),
                    country + intoToday);
        }

        Optional<String> today(String digits) {
            return replaced(old, digits, intoToday);
        }

        Optional<String> old(String digits) {
            return replaced(today, digits, intoOld);
        }

        private Optional<String> replaced(Pattern pattern, String digits, String by) {
            if (!digits.startsWith(country)) { // nearly always
                return Optional.empty();
            }
            Matcher matcher = pattern.matcher(digits);
            return matcher.matches() ? Optional.of(matcher.replaceFirst(by)) : Optional.empty();
        }
    }

    private static final List<Rule> RULES = List.of(
            // Brazil: a mobile number has nine digits after its area's two
            Rule.of("55", "([1-9][1-9])9([689]\\d{7})", "$1$2", "([1-9][1-9])([689]\\d{7})", "$19$2"),
            // Mexico: since 2019 without the 1 that told a mobile number
            Rule.of("52", "([2-9]\\d{9})", "1$1", "1([2-9]\\d{9})", "$1"),
            // Argentina: 9 before the area, from abroad
            Rule.of("54", "9((?:11|[23]\\d)\\d{8})", "$1", "((?:11|[23]\\d)\\d{8})", "9$1"),
            // Côte d'Ivoire: two digits for the operator, whose numbers were told by their second digit
            Rule.of("225", "01([045789][0-3]\\d{6})", "$1", "([045789][0-3]\\d{6})", "01$1"),
            Rule.of("225", "05([045789][4-6]\\d{6})", "$1", "([045789][4-6]\\d{6})", "05$1"),
            Rule.of("225", "07([045789][7-9]\\d{6})", "$1", "([045789][7-9]\\d{6})", "07$1"),
            // Benin: 01 before every number
            Rule.of("229", "01([2-9]\\d{7})", "$1", "([2-9]\\d{7})", "01$1"));

    /// How Argentines write a mobile number at home: 15 after the area. An area's length shows in where the 15 stands.
    private static final Pattern ARGENTINE_15 =
            Pattern.compile("549?(?:(11)15(\\d{8})|([23]\\d{2})15(\\d{7})|([23]\\d{3})15(\\d{6}))");

    private NumberSpelling() {}

    /// The number as it is dialled from abroad today; two spellings are of one number if this is the same.
    ///
    /// @param digits without `+`; whatever else it is comes back as it is
    public static String canonical(String digits) {
        if (!mayHaveTwo(digits)) {
            return digits;
        }
        for (Rule rule : RULES) {
            Optional<String> today = rule.today(digits);
            if (today.isPresent()) {
                return today.get();
            }
        }
        return dialled(digits);
    }

    /// Without what is written at home only, and no `wa_id` has: Argentina's 15.
    public static String dialled(String digits) {
        Matcher written = ARGENTINE_15.matcher(digits);
        if (!written.matches()) {
            return digits;
        }
        StringBuilder number = new StringBuilder("549");
        for (int group = 1; group <= written.groupCount(); group++) {
            number.append(written.group(group) == null ? "" : written.group(group));
        }
        return number.toString();
    }

    /// The other spelling that a `wa_id` of the same number may have.
    public static Optional<String> other(String digits) {
        if (!mayHaveTwo(digits)) {
            return Optional.empty();
        }
        String canonical = canonical(digits);
        return canonical.equals(digits) ? old(canonical) : Optional.of(canonical);
    }

    /// Every spelling of the number, this one first: for whoever looks for it in what others wrote.
    public static List<String> all(String digits) {
        if (!mayHaveTwo(digits)) {
            return List.of(digits);
        }
        String canonical = canonical(digits);
        List<String> all = new ArrayList<>(List.of(digits, canonical));
        old(canonical).ifPresent(all::add);
        if (canonical.startsWith("549")) {
            String national = canonical.substring(3);
            for (int area : national.startsWith("11") ? new int[] {2} : new int[] {3, 4}) {
                String with15 = national.substring(0, area) + "15" + national.substring(area);
                all.add("54" + with15);
                all.add("549" + with15);
            }
        }
        return all.stream().distinct().toList();
    }

    private static Optional<String> old(String canonical) {
        for (Rule rule : RULES) {
            Optional<String> old = rule.old(canonical);
            if (old.isPresent()) {
                return old;
            }
        }
        return Optional.empty();
    }

    /// Spares the rest of the world the patterns.
    private static boolean mayHaveTwo(String digits) {
        return digits.startsWith("5") || digits.startsWith("22");
    }
}
