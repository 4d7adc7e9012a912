package dev.twotick.worker.upkeep;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.messages.MisplacedMessages;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
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
    private final Resting resting;

    MessageMoves(MisplacedMessages messages, InstantSource clock) {
        this.messages = messages;
        this.resting = new Resting(clock);
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
        resting.wake();
        Set<Long> done = new HashSet<>();
        List<Long> left;
        do {
            left = messages.conversations();
            left.removeAll(done);
            left.removeAll(resting.ids()); // one that cannot be moved holds up no other
            for (long conversation : left) {
                lock.check();
                moveNext(conversation, done);
            }
        } while (!left.isEmpty());
        if (!done.isEmpty()) {
            log.info("job=message-moves conversations={}", done.size());
        }
    }

    private void moveNext(long conversation, Set<Long> done) {
        try {
            if (!messages.moveNext(conversation)) {
                done.add(conversation);
            }
        } catch (RuntimeException e) {
            resting.rest(conversation, Resting.AFTER_A_FAULT);
            log.warn(
                    "job=message-moves conversation={} state=failed next={} reason=\"{}\"",
                    conversation,
                    Resting.AFTER_A_FAULT,
                    DatabaseFault.words(e));
            log.debug("job=message-moves conversation={}", conversation, e);
        }
    }
}
