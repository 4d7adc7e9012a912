package dev.twotick.worker.batch;

import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.outbox.HookEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Hook events of an item, and those of accounts and payloads.
public final class Events {
    public static HookEvent accountDiscovered(ApplyItem<?> item, long accountId) {
        EventData data = new EventData().account(item.item().account()).with("payload_id", item.payloadId());
        return event("account.discovered", "account:" + item.accountId(), item, accountId, data);
    }

    /// An account that the operator's own file names first.
    public static HookEvent accountDiscovered(String phoneNumberId, long accountId, Instant at) {
        String data = new EventData()
                .account(new AccountRef(new PhoneNumberId(phoneNumberId), null, null))
                .done();
        return new HookEvent("account.discovered", "account:" + phoneNumberId, accountId, phoneNumberId, at, data);
    }

    /// @param item the failed item's path in the payload
    public static HookEvent payloadFailed(PayloadWork payload, String item, String error) {
        String data = new EventData()
                .with("payload_id", payload.id())
                .with("item", item)
                .with("error", error)
                .done();
        return new HookEvent(
                "payload.failed", "payload:" + payload.id() + ":" + item, null, null, payload.receivedAt(), data);
    }

    public static HookEvent event(String type, ApplyItem<?> item, long accountId, EventData data) {
        return event(type, item.item().key(), item, accountId, data);
    }

    public static HookEvent event(
            String type, String factKey, ApplyItem<?> item, @Nullable Long accountId, EventData data) {
        return new HookEvent(
                type,
                factKey,
                accountId,
                item.accountId(),
                item.item().occurredAt() != null
                        ? item.item().occurredAt()
                        : item.payload().receivedAt(),
                data.done());
    }

    private Events() {}
}
