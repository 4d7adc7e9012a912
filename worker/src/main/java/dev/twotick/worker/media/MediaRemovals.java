package dev.twotick.worker.media;

import java.io.IOException;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes the files of messages that are deleted. Two workers may be at the same one: it is gone, then.
final class MediaRemovals {
    private static final Logger log = LoggerFactory.getLogger(MediaRemovals.class);
    private static final int AT_ONCE = 100;

    // of another store, as before a change of the setting: they stay, and show in a metric
    private static final String DUE = """
        select location from media_removal where due_at <= now() and starts_with(location, {0})
        order by due_at limit {1}
        """;

    private static final String DONE = "delete from media_removal where location = any ({0})";

    private static final String LATER =
            "update media_removal set due_at = now() + interval '1 minute', reason = {1} where location = any ({0})";

    private final DSLContext db;
    private final MediaStore store;

    MediaRemovals(DSLContext db, MediaStore store) {
        this.db = db;
        this.store = store;
    }

    /// @return whether there is more at once
    boolean next() {
        List<String> due =
                db.fetch(DUE, DSL.val(store.base()), DSL.val(AT_ONCE)).getValues(0, String.class);
        for (String location : due) {
            try {
                store.delete(location.substring(store.base().length()));
            } catch (IOException e) {
                String reason = MediaFetch.describe(e);
                log.warn("media=kept location={} problem=\"{}\"", location, reason);
                db.execute(LATER, array(List.of(location)), DSL.val(reason));
                return false;
            }
            db.execute(DONE, array(List.of(location)));
        }
        if (!due.isEmpty()) {
            log.info("media=deleted files={}", due.size());
        }
        return due.size() == AT_ONCE;
    }

    private static Field<String[]> array(List<String> locations) {
        return DSL.val(locations.toArray(String[]::new), SQLDataType.VARCHAR.array());
    }
}
