package dev.twotick.worker.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Fact.Item;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Person;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Facts in which people are named, as the interpreter makes them. Times are seconds after noon; a negative
/// one is none.
public final class PeopleFacts {
    public static final String ACCOUNT = "106540352242922";
    public static final long NOON = Instant.parse("2026-11-21T12:00:00Z").getEpochSecond();

    public static Person person(@Nullable String waId, @Nullable String userId, int at) {
        return person(waId, userId, null, null, at);
    }

    public static Person person(
            @Nullable String waId, @Nullable String userId, @Nullable String parent, @Nullable String name, int at) {
        return new Person(waId, userId, parent, name, null, time(at));
    }

    public static MessageTold message(String wamid, Person from, int at) {
        return message(ACCOUNT, wamid, from, at);
    }

    public static MessageTold message(String account, String wamid, Person from, int at) {
        return told(account, wamid, MessageTold.Kind.CONTENT, from, null, at);
    }

    /// A system message of a person's about their own ids.
    public static MessageTold changed(String wamid, Person before, Person after, int at) {
        return told(ACCOUNT, wamid, MessageTold.Kind.SYSTEM, before, new IdentityChange(before, after), at);
    }

    private static MessageTold told(
            String account, String wamid, MessageTold.Kind kind, Person from, @Nullable IdentityChange change, int at) {
        return new MessageTold(
                item(account, "in:" + account + ':' + wamid, wamid, at),
                MessageTold.Source.LIVE,
                new Wamid(wamid),
                kind,
                false,
                MessageTold.Direction.INBOUND,
                kind == MessageTold.Kind.SYSTEM ? "system" : "text",
                "hello",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                from,
                null,
                change,
                null);
    }

    public static Noticed updated(String key, Person before, Person after, int at) {
        return noticed("user_id_update", key, new Effect.IdentityChanged(new IdentityChange(before, after)), at);
    }

    public static Noticed prefers(String key, Person person, String value, int at) {
        return noticed("user_preferences", key, new Effect.PreferenceStated(person, "marketing_messages", value), at);
    }

    public static Noticed signsUp(String key, Person person, String signup, int at) {
        return signsUp(ACCOUNT, key, person, signup, at);
    }

    public static Noticed signsUp(String account, String key, Person person, String signup, int at) {
        return new Noticed(item(account, key, key, at), "in_app_signup", new Effect.SignedUp(person, signup));
    }

    public static Noticed saved(String key, Person person, @Nullable String name, int at) {
        return noticed("smb_app_state_sync", key, new Effect.NameSaved(person, name), at);
    }

    private static Noticed noticed(String field, String key, Effect effect, int at) {
        return new Noticed(item(ACCOUNT, key, key, at), field, effect);
    }

    /// One payload with all of them.
    public static PayloadWork payload(List<? extends Fact> facts) {
        return new PayloadWork(
                PayloadId.at(Instant.now()).value(),
                PayloadId.at(Instant.now()).value(),
                Instant.now(),
                "test",
                false,
                List.copyOf(facts),
                0,
                List.of("messages"),
                List.of(ACCOUNT),
                null);
    }

    public static @Nullable Instant time(int at) {
        return at < 0 ? null : Instant.ofEpochSecond(NOON + at);
    }

    private static Item item(String account, String key, String content, int at) {
        return new Item(
                "entry[0].changes[0].value.items[0]",
                key,
                digest(content),
                new AccountRef(new PhoneNumberId(account), "102290129340398", "15550783881"),
                time(at),
                "{}");
    }

    private static byte[] digest(String content) {
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8)), 16);
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("every Java has SHA-256", e);
        }
    }

    private PeopleFacts() {}
}
