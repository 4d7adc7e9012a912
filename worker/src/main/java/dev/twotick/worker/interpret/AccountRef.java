package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.PhoneNumberId;
import org.jspecify.annotations.Nullable;

/// The account that an item belongs to, as the payload names it.
///
/// @param phoneNumberId      `metadata.phone_number_id`, or `waba:<entry.id>` where the payload names no number
/// @param wabaId             `entry.id`
/// @param displayPhoneNumber `metadata.display_phone_number`
/// @param portfolioId        `waba_info.owner_business_id`: whose the WhatsApp Business Account is
public record AccountRef(
        PhoneNumberId phoneNumberId,
        @Nullable String wabaId,
        @Nullable String displayPhoneNumber,
        @Nullable String portfolioId) {

    public AccountRef(PhoneNumberId phoneNumberId, @Nullable String wabaId, @Nullable String displayPhoneNumber) {
        this(phoneNumberId, wabaId, displayPhoneNumber, null);
    }
}
