package dev.twotick.bench.load;

import java.util.List;
import org.HdrHistogram.Histogram;

/// What came of an [Order].
///
/// @param seconds   from the first post to the last answer that counts
/// @param processor seconds that the generator itself used meanwhile, with the receiver of hooks
/// @param accepted  answered 200 in that time
/// @param refused   answered otherwise
/// @param broken    connections that ended under a request
/// @param post      from when a post was due to its answer; at a rate also of what was never answered, until the end
/// @param early     the same of the posts that were due in the first five seconds
/// @param hook      from when a post was due to the arrival of its hook; of one that is missing, until nobody waited
/// @param missing   hooks that had not come when nothing had come for ten seconds
/// @param answers   accepted in each second
/// @param arrivals  hooks that came in each second, whenever their post was
public record Outcome(
        double seconds,
        double processor,
        long accepted,
        long refused,
        long broken,
        Times post,
        Times early,
        Times hook,
        long missing,
        List<Integer> answers,
        List<Integer> arrivals) {

    /// Milliseconds.
    public record Times(long count, double p50, double p90, double p99, double max) {
        static Times of(Histogram micros) {
            return new Times(
                    micros.getTotalCount(),
                    micros.getValueAtPercentile(50) / 1e3,
                    micros.getValueAtPercentile(90) / 1e3,
                    micros.getValueAtPercentile(99) / 1e3,
                    micros.getMaxValue() / 1e3);
        }
    }

    /// How many processors the generator kept busy.
    public double cores() {
        return processor / seconds;
    }

    public double perSecond() {
        return accepted / seconds;
    }
}
