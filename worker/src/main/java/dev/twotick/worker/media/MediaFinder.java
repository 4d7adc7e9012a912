package dev.twotick.worker.media;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.outbox.EventFeed;
import dev.twotick.worker.outbox.EventFeed.Answer;
import dev.twotick.worker.outbox.EventFeed.Told;
import dev.twotick.worker.outbox.EventFeed.Wanted;
import dev.twotick.worker.outbox.EventPlace;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Finds the media of new messages by reading the events on, in the order that holds: whatever brings a message does
/// nothing for this, and none is missed. The place is kept with the rows that were made, in one transaction.
///
/// The first time it begins with the events of seven days, for so long Meta keeps media; or with the oldest, where
/// `TWOTICK_RETENTION_HOOKS_DAYS` is less.
final class MediaFinder {
    private static final Logger log = LoggerFactory.getLogger(MediaFinder.class);
    private static final int EVENTS = 500;

    /// `account.notice` has what another application was told, by the field `standby`.
    private static final Wanted WANTED =
            new Wanted(List.of("message.received", "message.edited", "account.notice"), Set.of());

    // where another worker has read the same and was first, there is nothing left to do
    private static final String MOVE = "update media_place set place = {1} where place = {0}";

    private static final String BEGIN = """
        insert into media_place (place)
        select coalesce(
            (select id || '-0' from hook_page where raised_at > now() - interval '7 days'
                order by raised_at, id limit 1), {0})
        on conflict do nothing
        """;

    private final DSLContext db;
    private boolean begun;

    MediaFinder(DSLContext db) {
        this.db = db;
    }

    /// For one thread.
    ///
    /// @return whether there is more at once
    boolean next() {
        if (!begun) {
            db.execute(BEGIN, new EventFeed(db).latest().toString());
            begun = true;
        }
        EventPlace from =
                EventPlace.parse(db.fetchSingle("select place from media_place").get(0, String.class));
        return switch (new EventFeed(db).read(Optional.of(from), WANTED, EVENTS)) {
            case Answer.Read read -> moved(from, read.next(), keys(read.events())) && read.more();
            case Answer.Gone gone -> {
                log.warn("media=missed from={} to={}: events that were deleted unread", from, gone.oldest());
                yield moved(from, gone.oldest(), Set.of());
            }
        };
    }

    private boolean moved(EventPlace from, EventPlace to, Set<UUID> messages) {
        return to.equals(from)
                || Retries.transaction(db, tx -> {
                    boolean first = tx.execute(MOVE, from.toString(), to.toString()) == 1;
                    if (first && !messages.isEmpty()) {
                        MediaRows.make(tx, MediaRows.ofKeys(messages));
                    }
                    return first;
                });
    }

    /// Of the messages that these may have brought media.
    private static Set<UUID> keys(List<Told> events) {
        Set<UUID> keys = new HashSet<>();
        for (Told told : events) {
            if (told.event().body().contains("\"media_id\"")) {
                JsonNode data =
                        JsonMapper.shared().readTree(told.event().body()).path("data");
                Stream.of("id", "target_id") // an edit has the latter: the message that it is about
                        .map(name -> data.path(name).asString(null))
                        .filter(Objects::nonNull)
                        .map(UUID::fromString)
                        .forEach(keys::add);
            }
        }
        return keys;
    }
}
