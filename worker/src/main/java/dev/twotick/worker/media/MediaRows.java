package dev.twotick.worker.media;

import dev.twotick.worker.batch.Retries;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// The table `media`: which files there are to fetch, who is at it, and what became of each.
public final class MediaRows {

    // The lock is shared, and against nothing but the deletion of the message, which takes these rows along. The name
    // says nothing of the person: a message's key is a hash.
    private static final String MAKE = """
        insert into media (message_id, media_id, name, mime_type, told_sha256, expires_at, next_try_at)
        select m.id, m.media_id,
            to_char(coalesce(m.live_at, m.created_at) at time zone 'UTC', 'YYYY/MM/DD/') || m.key || '-'
                || left(encode(sha256(convert_to(m.media_id, 'UTF8')), 'hex'), 16),
            m.media_mime_type, m.media_sha256,
            coalesce(m.media_expires_at, now() + interval '7 days'), least(now(), coalesce(m.occurred_at, now()))
        from (
            select * from message m where m.media_id is not null and m.direction = 'inbound'
                and m.kind = 'content' and {0}
            order by m.id for key share) m
        on conflict do nothing
        """;

    // The oldest first: they are the first to go. Where another store was tried before, a file may be there without its
    // outcome; and of this one it stays, should it have been listed then.
    private static final String CLAIM = """
        with due as (
            select message_id, media_id, location as former, {2} || name as location from media
            where state = 'waiting' and next_try_at <= now() and coalesce(leased_until <= now(), true)
            order by next_try_at limit 1 for update skip locked),
        elsewhere as (
            insert into media_removal (location, due_at) select former, now() from due where former <> location
            on conflict do nothing),
        here as (
            delete from media_removal r using due where r.location = due.location)
        update media m
        set claim = {0}, leased_until = now() + {1} * interval '1 second', location = due.location
        from due
        where m.message_id = due.message_id and m.media_id = due.media_id
        returning m.message_id, m.media_id, m.name, m.mime_type, m.told_sha256, m.tries,
            extract(epoch from m.expires_at - now())::float8 as left_s,
            (select key from message where id = m.message_id) as key
        """;

    private static final String END = """
        update media set state = {3}, reason = {4}, size = {5}, sha256 = {6}, tries = tries + 1, ended_at = now(),
            claim = null, leased_until = null
        where message_id = {0} and media_id = {1} and claim = {2}
        """;

    private static final String AGAIN = """
        update media set reason = {3}, tries = tries + {4}, next_try_at = now() + {5} * interval '1 millisecond',
            claim = null, leased_until = null
        where message_id = {0} and media_id = {1} and claim = {2}
        """;

    // whoever deleted the message meanwhile has to reckon with the whole lease
    private static final String REMOVE_IF_UNKNOWN = """
        insert into media_removal (location, due_at) select {2} || {3}, now()
        where not exists (select from media where message_id = {0} and media_id = {1})
        on conflict (location) do update set due_at = now()
        """;

    /// One file that this process is to fetch.
    ///
    /// @param key        of its message, for people
    /// @param name       of it in a store
    /// @param toldSha256 as the webhook has it
    /// @param tries      before this one
    /// @param left       until Meta drops it
    /// @param leaseEnd   by [System#nanoTime]
    record Claimed(
            long messageId,
            String mediaId,
            @Nullable UUID key,
            String name,
            String mimeType,
            @Nullable String toldSha256,
            int tries,
            Duration left,
            UUID claim,
            long leaseEnd) {}

    private final DSLContext db;
    private final String base;

    /// @param base of the store's names
    MediaRows(DSLContext db, String base) {
        this.db = db;
        this.base = base;
    }

    /// Makes rows for the media that incoming messages have.
    ///
    /// @param which of `message m`
    /// @return how many are new
    static int make(DSLContext tx, Condition which) {
        return tx.execute(MAKE, which);
    }

    static Condition ofKeys(Collection<UUID> keys) {
        return DSL.condition("m.key = any ({0})", DSL.val(keys.toArray(UUID[]::new), SQLDataType.UUID.array()));
    }

    Optional<Claimed> claim(Duration lease) {
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        return Retries.transaction(
                        db, tx -> tx.fetchOptional(CLAIM, DSL.val(claim), DSL.val(lease.toSeconds()), DSL.val(base)))
                .map(row -> claimed(row, claim, leaseEnd));
    }

    private static Claimed claimed(Record row, UUID claim, long leaseEnd) {
        String mimeType = row.get("mime_type", String.class);
        return new Claimed(
                row.get("message_id", Long.class),
                row.get("media_id", String.class),
                row.get("key", UUID.class),
                row.get("name", String.class),
                mimeType == null ? "application/octet-stream" : mimeType,
                row.get("told_sha256", String.class),
                row.get("tries", Integer.class),
                Duration.ofMillis((long) (1000 * row.get("left_s", Double.class))),
                claim,
                leaseEnd);
    }

    /// Unless the lease has ended and somebody else is at it, or the message is deleted.
    void record(Claimed of, MediaOutcome outcome) {
        int recorded = switch (outcome) {
            case MediaOutcome.Fetched(long size, byte[] sha256) -> end(of, "fetched", null, size, sha256);
            case MediaOutcome.Gone(String reason) -> end(of, "gone", reason, null, null);
            case MediaOutcome.Failed(String reason) -> end(of, "failed", reason, null, null);
            case MediaOutcome.Again(String reason, Duration in) -> again(of, reason, 1, in);
            case MediaOutcome.Postponed(String reason, Duration pause) -> again(of, reason, 0, pause);
        };
        if (recorded == 0) {
            db.execute(REMOVE_IF_UNKNOWN, DSL.val(of.messageId), DSL.val(of.mediaId), DSL.val(base), DSL.val(of.name));
        }
    }

    private int end(Claimed of, String state, @Nullable String reason, @Nullable Long size, byte @Nullable [] sha256) {
        return db.execute(
                END,
                DSL.val(of.messageId),
                DSL.val(of.mediaId),
                DSL.val(of.claim),
                DSL.val(state),
                DSL.val(reason, SQLDataType.VARCHAR),
                DSL.val(size, SQLDataType.BIGINT),
                DSL.val(sha256, SQLDataType.BLOB));
    }

    private int again(Claimed of, String reason, int tries, Duration in) {
        return db.execute(
                AGAIN,
                DSL.val(of.messageId),
                DSL.val(of.mediaId),
                DSL.val(of.claim),
                DSL.val(reason),
                DSL.val(tries),
                DSL.val(in.toMillis()));
    }
}
