package dev.twotick.model.whatsapp;

/// Meta's id of a business phone number (`metadata.phone_number_id`): what a payload is routed by. Opaque text.
public record PhoneNumberId(String value) {

    public PhoneNumberId {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a phone_number_id is not empty");
        }
    }

    /// Stands in where a payload names no number: the WABA's own account.
    public static PhoneNumberId ofWaba(String wabaId) {
        return new PhoneNumberId("waba:" + wabaId);
    }

    @Override
    public String toString() {
        return value;
    }
}
