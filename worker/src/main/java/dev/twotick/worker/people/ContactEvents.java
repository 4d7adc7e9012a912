package dev.twotick.worker.people;

import dev.twotick.db.HashedId;
import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.EventData;
import dev.twotick.worker.batch.Events;
import dev.twotick.worker.outbox.HookEvent;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Notices about contacts, of which only the last counts: each carries the whole contact as it is then.
final class ContactEvents {

    /// @param because   the item that first named the person
    /// @param accountId that item's, or null where the account is only being discovered
    static HookEvent created(ContactState contact, ApplyItem<?> because, @Nullable Long accountId) {
        return Events.event("contact.created", "contact:" + contact.id(), because, accountId, whole(contact, because));
    }

    static HookEvent updated(ContactState contact, ApplyItem<?> because, @Nullable Long accountId) {
        UUID digest = HashedId.of(whole(contact, null).done());
        String key = "contact:" + contact.id() + ':' + contact.version() + ':' + digest;
        return Events.event("contact.updated", key, because, accountId, whole(contact, because));
    }

    /// A contact proved to be another one.
    static HookEvent merged(UUID from, UUID into, ApplyItem<?> because, @Nullable Long accountId) {
        EventData data = new EventData()
                .account(because.item().account())
                .with("from", from)
                .with("into", into)
                .with("payload_id", because.payloadId());
        return Events.event("contact.merged", "contact:" + from, because, accountId, data);
    }

    private static EventData whole(ContactState contact, @Nullable ApplyItem<?> because) {
        EventData data = new EventData();
        if (because != null) {
            data.account(because.item().account()).with("payload_id", because.payloadId());
        }
        data.with("contact_id", contact.id())
                .with("version", contact.version())
                .with("profile_name", DatedText.text(contact.names().name()))
                .with("username", DatedText.text(contact.names().username()))
                .with("saved_name", DatedText.text(contact.names().savedName()))
                .with("subscribed_via_signup", contact.subscribed())
                .time("subscribed_at", contact.subscribedAt());
        for (String kind : List.of(Identity.WA_ID, Identity.USER_ID, Identity.PARENT_USER_ID)) {
            List<String> values = contact.values(kind);
            boolean one =
                    values.stream().map(NumberSpelling::canonical).distinct().count() == 1;
            data.with(kind, one ? values.getFirst() : null).with(kind + "s", values);
        }
        return data;
    }

    private ContactEvents() {}
}
