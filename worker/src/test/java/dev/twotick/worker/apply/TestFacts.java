package dev.twotick.worker.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.AccountRef;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.interpret.Person;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Facts as the interpreter makes them, one member at a time.
public final class TestFacts {
    public static final String NUMBER = "106540352242922";
    public static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    public static final Person ADA = person("16505551234");
    public static final Person BEN = person("16505559999");

    private TestFacts() {}

    public static Person person(String waId) {
        return new Person(waId, null, null, "Name of " + waId, null, NOON);
    }

    /// A live text of Ada's at noon.
    public static Told message(String wamid) {
        return new Told(wamid);
    }

    public static Told text(String wamid, String body) {
        return message(wamid).body(body);
    }

    /// A message, to be changed member by member; [#fact] makes it.
    public static final class Told {
        private final String wamid;
        private Source source = Source.LIVE;
        private Kind kind = Kind.CONTENT;
        private boolean placeholder;
        private @Nullable Integer errorCode;
        private @Nullable Direction direction = Direction.INBOUND;
        private @Nullable String body;
        private Fact.@Nullable Media media;
        private @Nullable Person peer = ADA;
        private @Nullable Instant at = NOON;
        private Fact.@Nullable Target target;
        private @Nullable MessageStatus historyStatus;
        private @Nullable String group;

        private Told(String wamid) {
            this.wamid = wamid;
        }

        public Told by(Source source) {
            this.source = source;
            this.direction = source == Source.ECHO ? Direction.OUTBOUND : direction;
            return this;
        }

        public Told went(@Nullable Direction direction) {
            this.direction = direction;
            return this;
        }

        public Told placeholder() {
            this.placeholder = true;
            return this;
        }

        public Told error(int code) {
            this.errorCode = code;
            return this;
        }

        public Told body(String body) {
            this.body = body;
            return this;
        }

        public Told media(String id) {
            this.media = new Fact.Media(id, "image/jpeg", null, null, null, null, null);
            return this;
        }

        public Told peer(@Nullable Person peer) {
            this.peer = peer;
            return this;
        }

        public Told at(@Nullable Instant at) {
            this.at = at;
            return this;
        }

        public Told later(int seconds) {
            this.at = NOON.plusSeconds(seconds);
            return this;
        }

        public Told in(String group) {
            this.group = group;
            return this;
        }

        public Told reactsTo(String target, @Nullable String emoji) {
            this.kind = Kind.REACTION;
            this.target = new Fact.Target(new Wamid(target), emoji);
            return this;
        }

        public Told edits(String target) {
            this.kind = Kind.EDIT;
            this.target = new Fact.Target(new Wamid(target), null);
            return this;
        }

        public Told revokes(String target) {
            this.kind = Kind.REVOKE;
            this.target = new Fact.Target(new Wamid(target), null);
            return this;
        }

        public Told system() {
            this.kind = Kind.SYSTEM;
            return this;
        }

        public Told wasThen(MessageStatus status) {
            this.historyStatus = status;
            return this;
        }

        public MessageTold fact() {
            String type = kind != Kind.CONTENT ? kind.word() : placeholder ? "unsupported" : "text";
            String raw = "{\"id\":\"%s\",\"type\":\"%s\",\"text\":\"%s\",\"from\":\"%s\",\"at\":\"%s\",\"to\":\"%s\"}"
                    .formatted(wamid, type, body, peer == null ? null : peer.waId(), at, target);
            return new MessageTold(
                    item(source + ":" + NUMBER + ":" + wamid, at, raw),
                    source,
                    new Wamid(wamid),
                    kind,
                    placeholder,
                    direction,
                    type,
                    body,
                    media,
                    null,
                    null,
                    null,
                    null,
                    group,
                    errorCode,
                    peer,
                    target,
                    null,
                    historyStatus);
        }
    }

    public static Fact status(String wamid, String word, int second) {
        return new Fact.StatusReported(
                item(
                        "st:" + wamid + word,
                        NOON.plusSeconds(second),
                        "{\"id\":\"" + wamid + "\",\"status\":\"" + word + "\"}"),
                new Wamid(wamid),
                word,
                null,
                "",
                "16505551234",
                null,
                null,
                null,
                null,
                null,
                null);
    }

    public static Fact flow(String wamid, int second, String response) {
        return new Fact.FlowCompleted(
                item("flow:" + wamid, NOON.plusSeconds(second), response),
                new Wamid(wamid),
                "flow",
                "token",
                response,
                ADA);
    }

    public static Fact notice(String key, @Nullable Instant at, String raw, @Nullable Effect effect) {
        return new Fact.Noticed(item(key, at, raw), "a_field", effect);
    }

    public static Fact.Item item(String key, @Nullable Instant at, String raw) {
        return item(new AccountRef(new PhoneNumberId(NUMBER), "102290129340398", "15550783881"), key, at, raw);
    }

    public static Fact.Item item(AccountRef account, String key, @Nullable Instant at, String raw) {
        return new Fact.Item("entry[0]", key, digest(raw), account, at, raw);
    }

    private static byte[] digest(String raw) {
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(raw.getBytes(UTF_8)), 16);
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("every Java has SHA-256", e);
        }
    }
}
