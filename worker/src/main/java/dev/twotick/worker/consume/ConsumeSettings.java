package dev.twotick.worker.consume;

import java.time.Duration;

/// How consumers take payloads off the stream. [#standard] is right for production; tests shorten the times.
///
/// @param consumers   threads of this process that read
/// @param maxPayloads entries read, and handed over, at a time
/// @param maxBytes    of inline bodies in a batch; a single longer one goes alone
/// @param block       how long a read waits for entries; bounds how long a stop takes when idle
/// @param takeOver    an entry whose consumer has not been heard of for so long is another's to take
/// @param leastPause  after a fault; doubles with each in a row
/// @param mostPause   until Redis answers again
/// @param sound       an entry over which a worker died alone is tried again after so long, by a worker that has lived
///                    for so long without it: that one would have died of anything else, too
public record ConsumeSettings(
        int consumers,
        int maxPayloads,
        int maxBytes,
        Duration block,
        Duration takeOver,
        Duration leastPause,
        Duration mostPause,
        Duration sound) {

    public ConsumeSettings {
        if (consumers < 1 || maxPayloads < 1 || maxBytes < 1) {
            throw new IllegalArgumentException("consumers, maxPayloads and maxBytes must be at least 1");
        }
        if (!block.isPositive() || !takeOver.isPositive() || !leastPause.isPositive()) {
            throw new IllegalArgumentException("block, takeOver and leastPause must be longer than nothing");
        }
    }

    public static ConsumeSettings standard(int consumers) {
        return new ConsumeSettings(
                consumers,
                512,
                8 * 1024 * 1024,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMillis(50),
                Duration.ofSeconds(2),
                Duration.ofMinutes(1));
    }

    /// Several heartbeats fit into the time after which entries are taken over. A pause of the whole process that is
    /// longer (a stopped machine, a full collection) costs work done twice, and nothing else.
    Duration heartbeat() {
        return takeOver.dividedBy(4);
    }

    Duration searchEvery() {
        return takeOver.dividedBy(4);
    }
}
