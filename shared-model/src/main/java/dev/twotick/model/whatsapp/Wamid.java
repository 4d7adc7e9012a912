package dev.twotick.model.whatsapp;

/// A message's id as Meta gives it, usually `wamid.` and base64. Opaque, and personal: a wamid contains a phone
/// number, so it never goes into a log or a Redis key; [#toString] hides it for that reason.
public record Wamid(String value) {

    public Wamid {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a wamid is not empty");
        }
    }

    @Override
    public String toString() {
        return "wamid(" + value.length() + " characters)";
    }
}
