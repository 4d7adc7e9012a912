package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.UserIdentifier.ParentUserId;
import dev.twotick.model.whatsapp.UserIdentifier.UserId;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.MessageTold;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A message that a program says it has sent, once Meta gave it the wamid:
/// `{"wamid", "phone_number_id", "to", "sent_at", "type", "text", "reply_to_wamid", "campaign"}`, of which the last
/// four may be missing. Meta tells no payload of its content; without this a sent message is its statuses alone.
///
/// @param told     the message, as if a source of the least rank told of it
/// @param account  whose message it is
/// @param to       whom it is for
/// @param campaign the key of the campaign that it is of; null: of none
public record RegisteredMessage(
        MessageTold told,
        PhoneNumberId account,
        UserIdentifier to,
        @Nullable String campaign) {
    private static final Set<String> MEMBERS =
            Set.of("wamid", "phone_number_id", "to", "sent_at", "type", "text", "reply_to_wamid", "campaign");

    /// @param path stands for the message where something is said of it
    /// @throws IllegalArgumentException with what is wrong, without any of the content
    public static RegisteredMessage parse(String path, String json) {
        if (!(JsonReader.read(json) instanceof Json.Obj said) || said.tooDeep()) {
            throw new IllegalArgumentException("not one JSON object");
        }
        if (!MEMBERS.containsAll(said.members().keySet())) {
            throw new IllegalArgumentException(
                    "a member that is none of " + MEMBERS.stream().sorted().collect(Collectors.joining(", ")));
        }
        Wamid wamid = new Wamid(required(said, "wamid"));
        PhoneNumberId account = new PhoneNumberId(required(said, "phone_number_id"));
        UserIdentifier to = RecipientLine.person(required(said, "to"));
        Instant at = time(said);
        String key = FactKey.message(MessageTold.Source.REGISTERED, account, wamid, false);
        Fact.Item item = new Fact.Item(
                path,
                key,
                CanonicalJson.digest(CanonicalJson.of(said.without("campaign"))),
                new AccountRef(account, null, null),
                at,
                PostgresText.json(said));
        MessageTold told = new MessageTold(
                item,
                MessageTold.Source.REGISTERED,
                wamid,
                MessageTold.Kind.CONTENT,
                false,
                MessageTold.Direction.OUTBOUND,
                Optional.ofNullable(word(said, "type")).orElse(said.text("text") == null ? null : "text"),
                text(said, "text"),
                null,
                null,
                optional(said, "reply_to_wamid"),
                null,
                null,
                null,
                null,
                named(to, at),
                null,
                null,
                null);
        return new RegisteredMessage(told, account, to, text(said, "campaign"));
    }

    private static Person named(UserIdentifier to, Instant at) {
        return switch (to) {
            case WaId(String number) -> new Person(number, null, null, null, null, at);
            case UserId(String id) -> new Person(null, id, null, null, null, at);
            case ParentUserId(String id) -> new Person(null, null, id, null, null, at);
        };
    }

    /// ISO 8601, or unix seconds as Meta has them.
    private static Instant time(Json.Obj said) {
        Instant unix = MetaTime.of(said.get("sent_at"));
        if (unix != null) {
            return unix;
        }
        String text = said.text("sent_at");
        try {
            Instant at = text == null ? null : Instant.parse(text);
            if (at != null && MetaTime.isBelieved(at)) {
                return at.truncatedTo(ChronoUnit.MICROS); // as it is kept, else who is later depends on who asks
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw new IllegalArgumentException(
                "sent_at is missing or no time: when it was sent, such as 2026-11-21T12:00:00Z");
    }

    private static String required(Json.Obj said, String name) {
        String id = optional(said, name);
        if (id == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return id;
    }

    private static @Nullable String optional(Json.Obj said, String name) {
        String id = said.id(name);
        if (id == null && said.get(name) != null) {
            throw new IllegalArgumentException(name + " is no identifier");
        }
        return id;
    }

    private static @Nullable String text(Json.Obj said, String name) {
        String text = said.text(name);
        if (text == null && said.get(name) != null && !(said.get(name) instanceof Json.Str)) {
            throw new IllegalArgumentException(name + " is no text");
        }
        return text;
    }

    private static @Nullable String word(Json.Obj said, String name) {
        String word = said.word(name);
        if (word == null && said.get(name) != null) {
            throw new IllegalArgumentException(name + " is none of Meta's words");
        }
        return word;
    }
}
