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
        return new Origin(entry, field, account(entry, field, value));
    }

    /// What a fact that this item states has.
    Fact.Item item(String key, Json.Obj item, String path, @Nullable Instant at) {
        return new Fact.Item(
                path, key, CanonicalJson.digest(CanonicalJson.of(item)), account, at, PostgresText.json(item));
    }

    private static AccountRef account(Entry entry, String field, Json.@Nullable Obj value) {
        Json.Obj partner = value == null ? null : value.object("waba_info");
        if (partner != null || field.equals("partner_solutions")) {
            String waba = partner == null ? null : partner.id("waba_id"); // the entry's id is a business portfolio's
            return ofWaba(waba, partner == null ? null : partner.id("owner_business_id"));
        }
        if (value != null && !TemplateReader.isTemplate(field)) {
            for (String place : PLACES_OF_THE_NUMBER) {
                Json.Obj holder = value.object(place);
                String id = holder == null ? null : holder.id("phone_number_id");
                if (holder != null && id != null) {
                    return new AccountRef(new PhoneNumberId(id), entry.wabaId(), holder.text("display_phone_number"));
                }
            }
        }
        return ofWaba(entry.wabaId(), null);
    }

    private static AccountRef ofWaba(@Nullable String wabaId, @Nullable String portfolioId) {
        return new AccountRef(PhoneNumberId.ofWaba(wabaId == null ? "unknown" : wabaId), wabaId, null, portfolioId);
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
