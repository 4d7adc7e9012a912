package dev.twotick.worker.media;

import dev.twotick.model.hash.Sha256;
import dev.twotick.worker.media.MediaRows.Claimed;
import dev.twotick.worker.media.MetaMedia.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One try: asks Meta where a file is, writes it to this machine, holds it against its hash and its size, and only then
/// gives it to the store.
final class MediaFetch {
    private static final Logger log = LoggerFactory.getLogger(MediaFetch.class);

    /// So much of the lease is the store's.
    private static final Duration FOR_THE_STORE = Duration.ofMinutes(2);

    private static final Duration STORE_PAUSE = Duration.ofSeconds(30);
    private static final Duration META_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final MetaMedia meta;
    private final MediaStore store;
    private final RandomGenerator random;

    MediaFetch(MetaMedia meta, MediaStore store, RandomGenerator random) {
        this.meta = meta;
        this.store = store;
        this.random = random;
    }

    MediaOutcome fetch(Claimed file) {
        try {
            Answer answer = meta.locate(file.mediaId());
            return answer instanceof Answer.There there ? fetch(file, there) : outcome(file, answer);
        } catch (StoreFault e) {
            String why = "the store: " + describe(e.getCause());
            return e.getCause() instanceof StoreFault.Refused
                    ? passing(file, why)
                    : new MediaOutcome.Postponed(why, STORE_PAUSE);
        } catch (IOException e) {
            return passing(file, describe(e));
        } catch (RuntimeException e) {
            log.error("media=fault message={}", file.key(), e);
            return misfit(file, e.getClass().getSimpleName() + " in our own code");
        }
    }

    private MediaOutcome fetch(Claimed file, Answer.There there) throws IOException {
        Path part = StoreFault.of(store::temporary);
        try {
            return fetch(file, there, part);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private MediaOutcome fetch(Claimed file, Answer.There there, Path part) throws IOException {
        long until = file.leaseEnd() - FOR_THE_STORE.toNanos();
        MessageDigest digest = Sha256.digest();
        Answer answer;
        try (OutputStream out = new DigestOutputStream(StoreFault.of(() -> Files.newOutputStream(part)), digest)) {
            answer = meta.download(there.url(), out, until);
        }
        if (!(answer instanceof Answer.Written(long size))) {
            return outcome(file, answer);
        }
        byte[] sha256 = digest.digest();
        Optional<byte[]> told = ToldHash.parse(file.toldSha256()).or(() -> ToldHash.parse(there.sha256()));
        if (there.size() >= 0 && there.size() != size) {
            return misfit(file, size + " bytes came of " + there.size());
        }
        if (told.isPresent() && !MessageDigest.isEqual(told.get(), sha256)) {
            return misfit(file, "what came has another SHA-256 than was told");
        }
        if (System.nanoTime() - until > 0) { // nothing may appear once somebody else is at it, or deletes it
            return passing(file, "not all of it came in time");
        }
        StoreFault.of(() -> {
            store.put(part, file.name(), file.mimeType());
            return part;
        });
        return new MediaOutcome.Fetched(size, sha256);
    }

    private MediaOutcome outcome(Claimed file, Answer answer) {
        return switch (answer) {
            case Answer.There _, Answer.Written _ -> misfit(file, "Meta answers what it was not asked");
            case Answer.Missing(String why) -> MediaOutcome.missing(why, file.tries(), file.left(), random);
            case Answer.Paused(String why, Duration asked) -> new MediaOutcome.Postponed(why, pause(asked));
            case Answer.Failed(String why) -> passing(file, why);
            case Answer.Misplaced(String why) -> misfit(file, why);
            case Answer.TooLarge(long size) ->
                new MediaOutcome.Failed(size + " bytes, more than TWOTICK_MEDIA_MAX_MB allows");
        };
    }

    private MediaOutcome passing(Claimed file, String why) {
        return MediaOutcome.passing(why, file.tries(), file.left(), random);
    }

    private MediaOutcome misfit(Claimed file, String why) {
        return MediaOutcome.misfit(why, file.tries(), file.left(), random);
    }

    private static Duration pause(@Nullable Duration asked) {
        Duration pause = asked == null || asked.isZero() ? META_PAUSE : asked;
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    /// What happened, for people: it names files and statuses, and no secrets.
    static String describe(@Nullable Throwable e) {
        if (e == null) {
            return "unknown";
        }
        String message = e.getMessage() == null ? "" : ": " + e.getMessage().replace('\0', ' ');
        return e.getClass().getSimpleName() + (message.length() > 300 ? message.substring(0, 300) : message);
    }
}
