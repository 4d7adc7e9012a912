package dev.twotick.worker.batch;

import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Person;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Builds the `data` of a hook event, member by member. What is not known is left out.
public final class EventData {
    private static final JsonFactory JSON = new JsonFactory();

    private final StringWriter text = new StringWriter(512);
    private final JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text);

    public EventData() {
        json.writeStartObject();
    }

    /// What every event about an item of a payload carries: whose it is, when, how late, and the item as Meta
    /// sent it.
    public static EventData of(ApplyItem<?> item) {
        Fact.Item fact = item.item();
        EventData data = new EventData()
                .account(fact.account())
                .time("occurred_at", fact.occurredAt())
                .with("payload_id", item.payload().id());
        if (fact.occurredAt() != null) {
            long delay = Duration.between(fact.occurredAt(), item.payload().receivedAt())
                    .toSeconds();
            data.json.writeNumberProperty("delay_s", Math.max(0, delay));
        }
        data.json.writeName("raw");
        data.json.writeRawValue(fact.raw());
        return data;
    }

    public EventData account(AccountRef account) {
        json.writeObjectPropertyStart("account");
        with("phone_number_id", account.phoneNumberId().value());
        with("waba_id", account.wabaId());
        with("display_phone_number", account.displayPhoneNumber());
        json.writeEndObject();
        return this;
    }

    /// An object under that name.
    EventData object(String name, Consumer<EventData> members) {
        json.writeObjectPropertyStart(name);
        members.accept(this);
        json.writeEndObject();
        return this;
    }

    /// A person's ids as Meta named them, after `prefix`.
    public EventData ids(String prefix, Person person) {
        return with(prefix + "wa_id", person.waId())
                .with(prefix + "user_id", person.userId())
                .with(prefix + "parent_user_id", person.parentUserId());
    }

    /// A person's ids, and what they call themselves.
    public EventData person(@Nullable Person person) {
        return person == null
                ? this
                : ids("", person).with("profile_name", person.name()).with("username", person.username());
    }

    /// Which ids became which: `before` and `after`.
    public EventData change(@Nullable IdentityChange change) {
        return change == null
                ? this
                : object("before", before -> before.ids("", change.before()))
                        .object("after", after -> after.ids("", change.after()));
    }

    public EventData with(String name, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
        return this;
    }

    public EventData with(String name, @Nullable UUID value) {
        return with(name, value == null ? null : value.toString());
    }

    public EventData with(String name, @Nullable Number value) {
        if (value != null) {
            json.writeName(name);
            json.writeNumber(value.toString());
        }
        return this;
    }

    public EventData with(String name, @Nullable Boolean value) {
        if (value != null) {
            json.writeBooleanProperty(name, value);
        }
        return this;
    }

    /// Left out when there are none.
    public EventData with(String name, Collection<String> values) {
        if (!values.isEmpty()) {
            json.writeArrayPropertyStart(name);
            values.forEach(json::writeString);
            json.writeEndArray();
        }
        return this;
    }

    public EventData time(String name, @Nullable Instant value) {
        return with(name, value == null ? null : value.toString());
    }

    /// A value that is JSON text already.
    public EventData json(String name, @Nullable String value) {
        if (value != null) {
            json.writeName(name);
            json.writeRawValue(value);
        }
        return this;
    }

    /// The whole, as JSON text.
    public String done() {
        json.writeEndObject();
        json.close();
        return text.toString();
    }
}
