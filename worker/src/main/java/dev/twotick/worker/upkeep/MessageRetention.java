package dev.twotick.worker.upkeep;

import dev.twotick.worker.privacy.OldMessages;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes messages that are older than their retention, in small transactions.
final class MessageRetention implements Job {
    private static final Logger log = LoggerFactory.getLogger(MessageRetention.class);

    private final OldMessages messages;

    MessageRetention(OldMessages messages) {
        this.messages = messages;
    }

    @Override
    public String name() {
        return "message-retention";
    }

    @Override
    public Duration every() {
        return Duration.ofHours(1);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        long deleted = 0;
        for (OptionalInt some = messages.deleteNext(); some.isPresent(); some = messages.deleteNext()) {
            deleted += some.getAsInt();
            lock.check();
        }
        if (deleted > 0) {
            log.info("job=message-retention deleted={}", deleted);
        }
    }
}
