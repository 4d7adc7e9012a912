package dev.twotick.worker.privacy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.interpret.PayloadParts;
import dev.twotick.worker.interpret.Redaction;
import dev.twotick.worker.outbox.KeptEvents;
import dev.twotick.worker.outbox.KeptEvents.KeptEvent;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// The hook events that tell of somebody: of their messages, of their contacts, or naming them. What is erased is what
/// is shown.
final class PersonEvents {
    private static final byte[] NOTHING = {};
    private static final Pattern MESSAGE = member("id");
    private static final Pattern PAYLOAD = member("payload_id");
    private static final Set<Pattern> CONTACTS = Set.of(member("contact_id"), member("from"), member("into"));

    private final DSLContext tx;
    private final DataSubject person;
    private final Set<UUID> messages;
    private final Set<UUID> contacts;

    /// @param messages the keys of their messages
    PersonEvents(DSLContext tx, DataSubject person, Collection<UUID> messages) {
        this.tx = tx;
        this.person = person;
        this.messages = Set.copyOf(messages);
        this.contacts = new HashSet<>(person.contacts());
        // contacts that proved to be theirs have events of their own
        contacts.addAll(tx.resultQuery(
                        "select from_id from contact_merged where into_id = any ({0})",
                        DSL.val(person.contacts().toArray(UUID[]::new), SQLDataType.UUID.array()))
                .fetchSet(0, UUID.class));
    }

    void each(Instant from, Instant to, Consumer<KeptEvent> consumer) {
        KeptEvents.each(tx, from, to, event -> {
            if (isAbout(event)) {
                consumer.accept(event);
            }
        });
    }

    /// Without payloads in Meta's form: they may be about others too.
    void eachTold(Instant from, Instant to, Consumer<KeptEvent> consumer) {
        KeptEvents.each(tx, from, to, event -> {
            if (!event.isPayload() && isAboutThem(event)) {
                consumer.accept(event);
            }
        });
    }

    /// What is left of its body without them: nothing, unless it is a payload that is about others too.
    UnaryOperator<byte[]> restOf(KeptEvent event) {
        return event.isPayload()
                ? body -> redacted(body).map(PayloadParts::withoutGaps).orElse(body)
                : _ -> NOTHING;
    }

    private Optional<byte[]> redacted(byte[] payload) {
        return Redaction.without(payload, fact -> person.isIn(fact, messages), person.ids()::contains);
    }

    private boolean isAbout(KeptEvent event) {
        return event.isPayload() ? redacted(event.body().getBytes(UTF_8)).isPresent() : isAboutThem(event);
    }

    private boolean isAboutThem(KeptEvent event) {
        return isLinked(event.body())
                || (person.isMentionedIn(event.body())
                        && isOurs(event)
                        // an error may quote what it is about
                        && (event.type().equals("payload.failed") || person.isNamedIn(event.body())));
    }

    private boolean isLinked(String body) {
        return isAnyIn(messages, MESSAGE, body)
                || CONTACTS.stream().anyMatch(member -> isAnyIn(contacts, member, body));
    }

    private boolean isOurs(KeptEvent event) {
        return event.accountId() != null
                ? person.accounts().containsValue(event.accountId())
                : tx.resultQuery(
                                "select " + DataSubject.isOurs("{4}"),
                                person.fields(DSL.val(payload(event.body()), SQLDataType.UUID)))
                        .fetchSingle(0, boolean.class);
    }

    private static Pattern member(String name) {
        return Pattern.compile('"' + name + "\":\"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\"");
    }

    /// A person's own words, and a business's ids of buttons, may look like a member of ours and come before it.
    private static boolean isAnyIn(Set<UUID> ids, Pattern member, String body) {
        return member.matcher(body).results().anyMatch(found -> ids.contains(UUID.fromString(found.group(1))));
    }

    private static @Nullable UUID payload(String body) {
        Matcher found = PAYLOAD.matcher(body);
        return found.find() ? UUID.fromString(found.group(1)) : null;
    }
}
