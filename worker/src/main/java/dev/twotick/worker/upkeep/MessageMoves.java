package dev.twotick.worker.upkeep;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.messages.MisplacedMessages;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes messages to the conversations that they belong to since people proved to be one, a page of each conversation
/// in turn.
final class MessageMoves implements Job {
    private static final Logger log = LoggerFactory.getLogger(MessageMoves.class);

    private static final Duration AFTER_A_FAULT = Duration.ofMinutes(1);

    private final MisplacedMessages messages;
    private final InstantSource clock;
    private final Map<Long, Instant> resting = new HashMap<>();

    MessageMoves(MisplacedMessages messages, InstantSource clock) {
        this.messages = messages;
        this.clock = clock;
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
        Instant begun = clock.instant();
        resting.values().removeIf(until -> !until.isAfter(begun));
        Set<Long> done = new HashSet<>();
        List<Long> left;
        do {
            left = messages.conversations();
            left.removeAll(done);
            left.removeAll(resting.keySet()); // one that cannot be moved holds up no other
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
            resting.put(conversation, clock.instant().plus(AFTER_A_FAULT));
            log.warn(
                    "job=message-moves conversation={} state=failed next={} reason=\"{}\"",
                    conversation,
                    AFTER_A_FAULT,
                    DatabaseFault.words(e));
            log.debug("job=message-moves conversation={}", conversation, e);
        }
    }
}
