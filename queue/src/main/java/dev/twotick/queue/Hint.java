package dev.twotick.queue;

import java.util.List;
import redis.clients.jedis.Pipeline;

/// Something that Redis is told along with an acknowledgement, in the same round trip. Nothing waits for whether it is
/// taken.
@FunctionalInterface
public interface Hint {
    Hint NONE = _ -> () -> {};

    static Hint all(List<Hint> hints) {
        return pipeline -> {
            List<Runnable> written =
                    hints.stream().map(hint -> hint.write(pipeline)).toList();
            return () -> written.forEach(Runnable::run);
        };
    }

    /// @return to be run when the pipeline was synced; throws nothing
    Runnable write(Pipeline pipeline);
}
