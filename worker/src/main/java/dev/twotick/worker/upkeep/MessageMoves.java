package dev.twotick.worker.upkeep;

import dev.twotick.worker.messages.MisplacedMessages;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes messages to the conversations that they belong to since people proved to be one, a page of each conversation
/// in turn.
final class MessageMoves implements Job {
    private static final Logger log = LoggerFactory.getLogger(MessageMoves.class);

    private final MisplacedMessages messages;

    MessageMoves(MisplacedMessages messages) {
        this.messages = messages;
    }

    @Override
    public String name() {
        return "message-moves";
    }

    @Override
    public Duration every() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        Set<Long> done = new HashSet<>(); // or failed: one that cannot be moved holds up no other
        List<Long> left;
        do {
            left = messages.conversations();
            left.removeAll(done);
            for (long conversation : left) {
                lock.check();
                if (!moveNext(conversation)) {
                    done.add(conversation);
                }
            }
        } while (!left.isEmpty());
        if (!done.isEmpty()) {
            log.info("job=message-moves conversations={}", done.size());
        }
    }

    private boolean moveNext(long conversation) {
        try {
            return messages.moveNext(conversation);
        } catch (RuntimeException e) {
            log.warn(
                    "job=message-moves conversation={} state=failed reason={}: tried again in {}",
                    conversation,
                    e.getClass().getSimpleName(),
                    every(),
                    e);
            return false;
        }
    }
}
