package dev.twotick.queue;

import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;

/// Servers that hold what the master holds, a moment later: each of them may be the master a moment later.
///
/// @param known to the Sentinels, or heard
/// @param heard connected, no longer in their first sync, and heard of within ten seconds
public record Replicas(int known, int heard) {
    public static final Replicas NONE = new Replicas(0, 0);

    private static final int WAIT_MS = 450;
    private static final int SILENT_S = 10;
    private static final Pattern HEARD =
            Pattern.compile("^slave\\d+:.*\\bstate=online\\b.*\\blag=(\\d+)", Pattern.MULTILINE);

    /// @param info  what the master says to `INFO replication`
    /// @param known to somebody else, at least
    static Replicas of(String info, int known) {
        int heard = (int) HEARD.matcher(info)
                .results()
                .filter(line -> Integer.parseInt(line.group(1)) <= SILENT_S)
                .count();
        return new Replicas(Math.max(known, heard), heard);
    }

    public int missing() {
        return Math.max(0, known - heard);
    }

    /// Asks, behind the writes of this pipeline, whether all of these have them: of a master that another one has
    /// replaced, and that has not heard of it yet, one at least has gone.
    ///
    /// @return to be asked after the pipeline's sync
    public BooleanSupplier confirm(Pipeline pipeline) {
        if (known == 0) {
            return () -> true;
        }
        Response<Long> have = pipeline.executeCommand(new CommandObject<>(
                new CommandArguments(Command.WAIT).add(known).add(WAIT_MS), BuilderFactory.LONG));
        return () -> have.get() >= known;
    }
}
