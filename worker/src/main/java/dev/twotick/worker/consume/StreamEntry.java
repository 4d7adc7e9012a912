package dev.twotick.worker.consume;

import dev.twotick.model.payload.UuidV7;
import dev.twotick.queue.QueuedPayload;
import java.util.UUID;
import java.util.regex.Pattern;

/// A payload as the stream delivered it.
///
/// @param id         the entry's id in Redis, `<epoch ms>-<sequence>`
/// @param payload    what it carries
/// @param deliveries how many consumers have held it, this one included
/// @param diedAlone  how many workers ended over it while it was all they were working on, see [DeathCount]
public record StreamEntry(String id, QueuedPayload payload, int deliveries, int diedAlone) {

    /// From this delivery on an entry is processed alone: its batches ended badly, and it may be the reason.
    static final int ALONE_FROM = 3;

    /// Each by a worker that had lived for a while without it: see [ConsumeSettings#sound].
    private static final int MOST_DEATHS = 3;

    private static final Pattern ID = Pattern.compile("\\d{1,20}-\\d{1,20}");

    public StreamEntry {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("not the id of a stream entry: " + id);
        }
    }

    boolean mustBeAlone() {
        return deliveries >= ALONE_FROM || payload.suspect();
    }

    StreamEntry afterDeaths(int deaths) {
        return new StreamEntry(id, payload, deliveries, deaths);
    }

    /// Whether to give it up for now: no look inside, an outcome `failed`. Workers died over nothing else; of one that
    /// was given up before, one death is enough.
    public boolean isPoison() {
        return diedAlone >= (payload.suspect() ? 1 : MOST_DEATHS);
    }

    /// Id of the outcome that this delivery writes: the one that the payload asks for, otherwise one derived from the
    /// entry, so that processing an entry twice writes one outcome. A UUIDv7 whose time is the entry's.
    public UUID attempt() {
        if (payload.attempt() != null) {
            return payload.attempt();
        }
        int dash = id.indexOf('-');
        long milli = Long.parseLong(id, 0, dash, 10);
        long sequence = Long.parseUnsignedLong(id, dash + 1, id.length(), 10);
        return UuidV7.of(milli, sequence, mix(payload.id().value().getLeastSignificantBits() ^ sequence) >>> 2);
    }

    /// SplitMix64's finaliser: every bit of the answer depends on every bit given.
    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return mixed ^ (mixed >>> 31);
    }
}
