package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.BODY_LIMIT;

import dev.twotick.devstack.check.CheckHeader.Said;
import dev.twotick.devstack.check.Client.Reply;
import dev.twotick.devstack.check.Client.Reply.Answer;
import java.util.Arrays;

/// Meta sends up to 3 MB. Where so much does not pass, smaller ones tell where the limit is, and so whose it is.
final class BodyLimit {
    private static final String HOP = "long POST";
    static final int LONGEST = 3 * 1024 * 1024;
    /// Limits that servers have as they come.
    private static final int[] SMALLER = {
        3_000_000, 2_621_440, 2_097_152, 2_000_000, 1_048_576, 1_000_000, 524_288, 131_072, 102_400, 65_536, 8_192
    };

    private final SignedPosts posts;
    private final Report report;

    BodyLimit(SignedPosts posts, Report report) {
        this.posts = posts;
        this.report = report;
    }

    void check() throws InterruptedException {
        Reply reply = posts.post(ofLength(LONGEST));
        if (isTaken(reply)) {
            report.fine(HOP, "a body of 3 MiB passes");
            return;
        }
        boolean own = reply instanceof Answer answer && posts.header().read(answer) instanceof Said.Refused;
        var found = "a body of 3 MiB is answered " + reply.words();
        report.broken(
                HOP,
                BODY_LIMIT,
                own ? found + ", by Twotick" : found + "; " + largest(),
                own
                        ? "Raise TWOTICK_MAX_BODY_BYTES, or look at Twotick's log."
                        : "Meta sends up to 3 MB: raise the limit of the proxy (nginx: client_max_body_size 4m) or of"
                                + " the tunnel.");
    }

    private String largest() throws InterruptedException {
        for (int length : SMALLER) {
            if (isTaken(posts.post(ofLength(length)))) {
                return "one of " + length + " bytes passes"
                        + (length == 1_048_576 ? " (nginx's limit, unless told otherwise)" : "");
            }
        }
        return "nor does one of " + SMALLER[SMALLER.length - 1] + " bytes";
    }

    /// Where the short one was proven, so must the long one be: a proxy might answer it by itself.
    private boolean isTaken(Reply reply) {
        return reply instanceof Answer answer
                && answer.status() == 200
                && (!posts.isProven() || posts.header().read(answer) instanceof Said.Kept);
    }

    private byte[] ofLength(int length) {
        var body = SignedPosts.inMetasSpelling(posts.header().nonce());
        var all = Arrays.copyOf(body, length);
        Arrays.fill(all, body.length, length, (byte) ' '); // which the log packs well
        return all;
    }
}
