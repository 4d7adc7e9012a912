package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.PhoneNumberId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Where an item came from: its entry, the change's field, and the account that the value names.
record Origin(Entry entry, String field, AccountRef account) {

    /// Stands for a field that has no usable name, and for what stands outside of any change.
    static final String UNKNOWN_FIELD = "unknown";

    /// Where Meta puts the number that a value is about: `metadata` in most, the others in `messaging_handovers` and
    /// `account_settings_update`.
    private static final String[] PLACES_OF_THE_NUMBER = {"metadata", "recipient", "phone_number_settings"};

    static Origin of(Entry entry, String field, Json.@Nullable Obj value) {
        return new Origin(entry, field, account(entry, value));
    }

    private static AccountRef account(Entry entry, Json.@Nullable Obj value) {
        if (value != null) {
            for (String place : PLACES_OF_THE_NUMBER) {
                Json.Obj holder = value.object(place);
                String id = holder == null ? null : holder.id("phone_number_id");
                if (holder != null && id != null) {
                    return new AccountRef(new PhoneNumberId(id), entry.wabaId(), holder.text("display_phone_number"));
                }
            }
        }
        String waba = entry.wabaId() == null ? "unknown" : entry.wabaId();
        return new AccountRef(PhoneNumberId.ofWaba(waba), entry.wabaId(), null);
    }

    /// The envelope's part that its changes share.
    ///
    /// @param wabaId        `entry.id`, where it can be a key
    /// @param time          `entry.time`; absent on messages
    /// @param canonicalId   `entry.id` as it came, for keys; empty where there is none
    /// @param canonicalTime `entry.time` likewise
    record Entry(@Nullable String wabaId, @Nullable Instant time, String canonicalId, String canonicalTime) {

        /// For what stands outside of any entry.
        static final Entry NONE = new Entry(null, null, "", "");

        static Entry of(Json.Obj entry) {
            return new Entry(
                    entry.id("id"),
                    MetaTime.of(entry.get("time")),
                    canonical(entry.get("id")),
                    canonical(entry.get("time")));
        }

        private static String canonical(@Nullable Json value) {
            return value == null ? "" : CanonicalJson.of(value);
        }
    }
}
