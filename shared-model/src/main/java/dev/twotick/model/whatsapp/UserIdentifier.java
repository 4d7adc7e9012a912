package dev.twotick.model.whatsapp;

import java.util.Optional;

/// What Meta calls a person by. Which kind it is shows in its form, and not always in the key it stands under: `from`
/// has been seen to hold a business-scoped id.
public sealed interface UserIdentifier {

    /// Longer ones are not believed.
    int MAX_LENGTH = 512;

    /// What people and Meta put before and between the digits of a number.
    String PUNCTUATION = " +-.()/\u00a0";

    String value();

    /// As Meta names its key.
    default String kind() {
        return switch (this) {
            case WaId _ -> "wa_id";
            case UserId _ -> "user_id";
            case ParentUserId _ -> "parent_user_id";
        };
    }

    /// A WhatsApp number, digits without `+`. Usually, but not always, the phone number.
    record WaId(String value) implements UserIdentifier {
        public WaId {
            requireText(value);
        }
    }

    /// A business-scoped user id: `US.13491208655302741918`.
    record UserId(String value) implements UserIdentifier {
        public UserId {
            requireText(value);
        }
    }

    /// The same person for all businesses of one parent: `US.ENT.11815799212886844830`.
    record ParentUserId(String value) implements UserIdentifier {
        public ParentUserId {
            requireText(value);
        }
    }

    /// Tells the kind by the form: `+` and digits are a number, `CC.ENT.…` a parent's id, and whatever else somebody
    /// is called by is a user id, so that no sender is lost. Empty for blank and overlong text.
    static Optional<UserIdentifier> parse(String text) {
        String stripped = text.strip();
        if (stripped.isEmpty() || stripped.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String digits = stripped.startsWith("+") ? stripped.substring(1) : stripped;
        if (isDigits(digits)) {
            return Optional.of(new WaId(digits));
        }
        return Optional.of(stripped.startsWith(".ENT.", 2) ? new ParentUserId(stripped) : new UserId(stripped));
    }

    /// Whether the text has the documented form of a business-scoped id: two capital letters and a dot come first.
    static boolean isBusinessScoped(String text) {
        return text.length() > 3 && isCapital(text.charAt(0)) && isCapital(text.charAt(1)) && text.charAt(2) == '.';
    }

    /// The digits of a number as people write it, `+1 (650) 555-1234`; empty when the text is none.
    static String digitsOf(String number) {
        StringBuilder digits = new StringBuilder(number.length());
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c >= '0' && c <= '9') {
                digits.append(c);
            } else if (PUNCTUATION.indexOf(c) < 0) {
                return "";
            }
        }
        return digits.toString();
    }

    private static boolean isCapital(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static void requireText(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("an identifier is not empty");
        }
    }
}
