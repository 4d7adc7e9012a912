package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One way in which Meta named a person, a row of `contact_mention`: which ids came together, when last, and
/// what the person was called then.
record Mention(
        Key key,
        @Nullable Instant statedAt,
        @Nullable DatedText name,
        @Nullable DatedText username,
        @Nullable DatedText savedName) {

    /// Which ids; empty where one was absent.
    record Key(long businessId, String waId, String userId, String parentUserId) implements Comparable<Key> {
        private static final Comparator<Key> ORDER = Comparator.comparingLong(Key::businessId)
                .thenComparing(Key::waId, DatedText.UTF8_ORDER)
                .thenComparing(Key::userId, DatedText.UTF8_ORDER)
                .thenComparing(Key::parentUserId, DatedText.UTF8_ORDER);

        static Key of(long businessId, Person person) {
            return new Key(
                    businessId, orEmpty(person.waId()), orEmpty(person.userId()), orEmpty(person.parentUserId()));
        }

        List<Identity> identities() {
            List<Identity> identities = new ArrayList<>(3);
            add(identities, Identity.WA_ID, waId);
            add(identities, Identity.USER_ID, userId);
            add(identities, Identity.PARENT_USER_ID, parentUserId);
            return identities;
        }

        /// Whose contact the mention's is: the user id, else the parent's, else the number.
        Identity anchor() {
            return Collections.min(identities(), Identity.STRONGEST_FIRST);
        }

        /// The number, where something stronger came with it; what a mention links and a later one may undo.
        @Nullable
        Identity linkedNumber() {
            return waId.isEmpty() || (userId.isEmpty() && parentUserId.isEmpty())
                    ? null
                    : new Identity(businessId, Identity.WA_ID, waId);
        }

        private void add(List<Identity> identities, String kind, String value) {
            if (!value.isEmpty()) {
                identities.add(new Identity(businessId, kind, value));
            }
        }

        private static String orEmpty(@Nullable String value) {
            return value == null ? "" : value;
        }

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    static Mention of(long businessId, Person person) {
        return new Mention(
                Key.of(businessId, person),
                person.statedAt(),
                DatedText.of(person.name(), person.statedAt()),
                DatedText.of(person.username(), person.statedAt()),
                null);
    }

    /// Somebody of whom no more is known than that there is this id.
    static Mention of(Identity id) {
        return new Mention(
                new Key(
                        id.businessId(),
                        id.isNumber() ? id.value() : "",
                        id.kind().equals(Identity.USER_ID) ? id.value() : "",
                        id.kind().equals(Identity.PARENT_USER_ID) ? id.value() : ""),
                null,
                null,
                null,
                null);
    }

    /// As another business knows it.
    Mention in(long business) {
        return new Mention(
                new Key(business, key.waId(), key.userId(), key.parentUserId()), statedAt, name, username, savedName);
    }

    /// @param saved null: taken out of the address book, which without a time says nothing
    Mention savedAs(@Nullable String saved, @Nullable Instant at) {
        return new Mention(key, statedAt, name, username, DatedText.ofRemovable(saved, at));
    }

    /// Both in one, as the SQL has it for two of different batches.
    Mention and(Mention other) {
        return new Mention(
                key,
                Precedence.greater(statedAt, other.statedAt),
                DatedText.later(name, other.name),
                DatedText.later(username, other.username),
                DatedText.later(savedName, other.savedName));
    }

    /// Whether the other one adds nothing to this.
    boolean covers(Mention other) {
        return and(other).equals(this);
    }
}
