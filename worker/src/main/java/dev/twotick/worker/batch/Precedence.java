package dev.twotick.worker.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.interpret.Fact;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What decides between two statements about one thing: Meta's time, of which none ranks below any; at one time
/// the rank of the word, where words have an order; then the digest, as bytes. Never when they were received.
///
/// @param at     Meta's time
/// @param digest of the item that states it
public record Precedence(@Nullable Instant at, byte[] digest) implements Comparable<Precedence> {

    public static Precedence of(ApplyItem<?> item) {
        return new Precedence(item.item().occurredAt(), item.item().digest());
    }

    /// The same where words have an order of their own: at one time the one with the greater rank stands, and only of
    /// one rank the digest decides. The rank is the digest's first byte, also where that is kept.
    ///
    /// @param rank from 0 to 9
    public Precedence ranked(int rank) {
        byte[] ranked = new byte[1 + digest.length];
        ranked[0] = (byte) rank;
        System.arraycopy(digest, 0, ranked, 1, digest.length);
        return new Precedence(at, ranked);
    }

    @Override
    public int compareTo(Precedence other) {
        int byTime = DatedText.TIME.compare(at, other.at);
        return byTime != 0 ? byTime : Arrays.compareUnsigned(digest, other.digest);
    }

    /// The statement that stands; of the same one, the one that was there.
    public static <F extends Fact> ApplyItem<F> later(ApplyItem<F> one, ApplyItem<F> other) {
        return later(one, other, Precedence::of);
    }

    public static <T> T later(T one, T other, Function<T, Precedence> precedence) {
        return precedence.apply(one).compareTo(precedence.apply(other)) >= 0 ? one : other;
    }

    /// The greater of two values that have no time of their own; none is less than any.
    public static <V extends Comparable<V>> @Nullable V greater(@Nullable V one, @Nullable V other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) >= 0 ? one : other;
    }

    /// The lesser of two values; none is greater than any.
    public static <V extends Comparable<V>> @Nullable V lesser(@Nullable V one, @Nullable V other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) <= 0 ? one : other;
    }

    /// The greater of two texts, as PostgreSQL's collation "C" compares: by their bytes.
    public static @Nullable String greaterText(@Nullable String one, @Nullable String other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8)) >= 0 ? one : other;
    }
}
