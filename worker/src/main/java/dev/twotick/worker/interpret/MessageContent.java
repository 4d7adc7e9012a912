package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.Wamid;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a message holds: Meta puts it under a key named as the type.
///
/// @param item    the message, or of an edit the new one
/// @param word    the type, or where the item has none, the first key that looks like one; empty where neither is
/// @param content what stands under it
record MessageContent(Json.Obj item, String word, Json.@Nullable Obj content) {

    /// Longer types are no types.
    private static final int MAX_TYPE_LENGTH = 64;

    private static final List<String> TYPES = List.of(
            "text",
            "image",
            "video",
            "audio",
            "voice",
            "document",
            "sticker",
            "location",
            "contacts",
            "interactive",
            "button",
            "reaction",
            "order",
            "system",
            "edit",
            "revoke",
            "unsupported");

    private static final Set<String> MEDIA = Set.of("image", "video", "audio", "voice", "document", "sticker");

    /// Types that say that there was something, and not what; the empty one is none at all.
    private static final Set<String> PLACEHOLDERS = Set.of("", "unknown", "unsupported", "errors", "media_placeholder");

    private static final List<String> REPLIES =
            List.of("button_reply", "list_reply", "nfm_reply", "call_permission_reply");

    /// An edit has it that names no media, but has a media message's caption, or none.
    private static final Fact.Media NO_MEDIA = new Fact.Media(null, null, null, null, null, null, null);

    /// So long Meta keeps the media of a webhook.
    private static final Duration KEPT = Duration.ofDays(7);

    static MessageContent of(Json.Obj item) {
        String type = type(item);
        String word = type != null
                ? type
                : TYPES.stream()
                        .filter(name -> item.get(name) != null)
                        .findFirst()
                        .orElse("");
        return new MessageContent(item, word, item.object(word));
    }

    /// The part of an item that has type and content: the item, or, of an echo of what was sent through the API, the
    /// `message` as it was handed in.
    static Json.Obj said(Json.Obj item) {
        Json.Obj message = item.object("message");
        return message == null || item.get("type") != null ? item : message;
    }

    /// Meta's word, or null.
    static @Nullable String type(Json.Obj item) {
        String type = item.text("type");
        return type == null || type.length() > MAX_TYPE_LENGTH ? null : type;
    }

    /// Whether it only stands for something that Meta does not give; of an edit, whether it says of no message what
    /// that says now.
    boolean isPlaceholder() {
        return switch (word) {
            case "edit" -> {
                MessageContent edited = edited();
                yield target() == null || edited == null || edited.isBare() || edited.isPlaceholder();
            }
            case "reaction", "revoke", "system" -> false;
            default -> PLACEHOLDERS.contains(word) || (isBare() && item.get("errors") != null);
        };
    }

    /// Whether there is nothing under its type.
    private boolean isBare() {
        return item.get(word) == null;
    }

    /// What a person would read, or null.
    @Nullable
    String body() {
        MessageContent edited = edited();
        if (edited != null) {
            return edited.body();
        }
        if (word.equals("contacts")) {
            return names(item.array("contacts"));
        }
        if (content == null) {
            return null;
        }
        return switch (word) {
            case "text", "system" -> content.text("body");
            case "button" -> first(content, "text", "payload");
            case "reaction" -> content.text("emoji");
            case "order" -> content.text("text");
            case "interactive" -> reply(content);
            case "location" -> joined(content.text("name"), content.text("address"));
            case "edit", "revoke", "unsupported" -> null;
            default -> first(content, "caption", "body", "text"); // media, and types of tomorrow
        };
    }

    /// What can be downloaded, also of a type that nobody knows yet; or null.
    ///
    /// @param at Meta's time
    Fact.@Nullable Media media(@Nullable Instant at) {
        MessageContent edited = edited();
        if (edited != null) {
            Fact.Media media = edited.media(at);
            return media == null && edited.isMedia() ? NO_MEDIA : media;
        }
        if (content == null) {
            return null;
        }
        if (!isMedia() && content.text("mime_type") == null) {
            return null;
        }
        String id = content.id("id");
        Fact.Media media = new Fact.Media(
                id,
                content.text("mime_type"),
                content.text("sha256"),
                content.text("filename"),
                first(content, "url", "link"), // a link is what a business sends
                word.equals("voice") ? Boolean.TRUE : word.equals("audio") ? content.flag("voice") : null,
                id == null || at == null ? null : at.plus(KEPT));
        return media.equals(NO_MEDIA) ? null : media;
    }

    private boolean isMedia() {
        return content != null && MEDIA.contains(word);
    }

    /// What a reaction, an edit or a revoke is about; null for all others, and where it names nothing that can be.
    Fact.@Nullable Target target() {
        String id = switch (word) {
            case "reaction" -> content == null ? null : content.id("message_id");
            case "edit", "revoke" -> content == null ? null : content.id("original_message_id");
            default -> null;
        };
        String emoji = content != null && word.equals("reaction") ? content.text("emoji") : null;
        return id == null ? null : new Fact.Target(new Wamid(id), emoji);
    }

    Fact.@Nullable Location location() {
        if (content == null || !word.equals("location")) {
            return null;
        }
        Fact.Location location = new Fact.Location(
                Degrees.upTo(90, content.get("latitude")),
                Degrees.upTo(180, content.get("longitude")),
                content.text("name"),
                content.text("address"));
        return location.equals(new Fact.Location(null, null, null, null)) ? null : location;
    }

    /// The new message of an edit, otherwise null.
    private @Nullable MessageContent edited() {
        Json.Obj message = content != null && word.equals("edit") ? content.object("message") : null;
        return message == null ? null : of(message);
    }

    /// `interactive.type` names the key under which the answer stands.
    private static @Nullable String reply(Json.Obj interactive) {
        String type = type(interactive);
        Json.Obj reply = type == null ? null : interactive.object(type);
        for (String name : REPLIES) {
            reply = reply == null ? interactive.object(name) : reply;
        }
        if (reply != null) {
            return first(reply, "title", "body", "response", "payment_method");
        }
        Json.Obj body = interactive.object("body"); // a product, or what a business sent
        return body == null ? null : body.text("text");
    }

    private static @Nullable String names(List<Json> cards) {
        return joined(cards.stream()
                .map(card -> card instanceof Json.Obj object ? object.object("name") : null)
                .map(name -> name == null ? null : first(name, "formatted_name", "first_name", "last_name"))
                .toArray(String[]::new));
    }

    private static @Nullable String first(Json.Obj object, String... names) {
        for (String name : names) {
            String text = object.text(name);
            if (text != null) {
                return text;
            }
        }
        return null;
    }

    private static @Nullable String joined(@Nullable String... parts) {
        String joined = Stream.of(parts).filter(Objects::nonNull).collect(Collectors.joining(", "));
        return joined.isEmpty() ? null : joined;
    }
}
