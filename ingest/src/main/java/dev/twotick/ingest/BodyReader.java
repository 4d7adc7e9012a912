package dev.twotick.ingest;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/// Reads a body's raw bytes, on the selector's thread, whenever some have come. Memory is charged as bytes arrive, not
/// as they are announced, and a sender who dawdles is cut off, so that neither holds the room that Meta's posts need.
final class BodyReader {
    private static final int FIRST_CHUNK = 2 * 1024;
    /// Meta sends from data centres. Three MiB have half a minute, and a post that took longer would be sent again.
    private static final long LEAST_BYTES_PER_SECOND = 128 * 1024;
    private static final long GRACE_NANOS = 5_000_000_000L;

    private final int limit;

    BodyReader(int limit) {
        this.limit = limit;
    }

    sealed interface Body {}

    record Whole(byte[] bytes) implements Body {}

    record TooLong() implements Body {}

    record TooSlow() implements Body {}

    record NoRoom() implements Body {}

    /// The sender has gone, or what it sent is no body.
    record CutOff(Throwable why) implements Body {}

    /// We are to blame.
    record Faulty(Throwable why) implements Body {}

    /// The post is charged for what is held.
    ///
    /// @param whenRead is told once
    void read(WebhookPost post, Consumer<Body> whenRead) {
        if (post.announced() > limit) {
            whenRead.accept(new TooLong()); // and who waits to continue is not told to
            return;
        }
        Reading reading = new Reading(post, new Kept(post), whenRead);
        if (post.waitsToContinue()) {
            var _ = post.response()
                    .writeInterim(HttpStatus.CONTINUE_100, HttpFields.EMPTY)
                    .whenComplete((_, _) -> reading.run());
        } else {
            reading.run();
        }
    }

    /// Takes the rest of a refused body off the line, within reason, because most clients read no answer before they
    /// have sent everything.
    void discard(WebhookPost post, Runnable whenDone) {
        if (post.announced() > 2L * limit || post.waitsToContinue()) {
            whenDone.run();
        } else {
            new Reading(post, new Discarded(), _ -> whenDone.run()).run();
        }
    }

    /// What becomes of bytes that have come.
    private interface Sink {
        /// @return the end of reading, if this is one
        @Nullable
        Body take(ByteBuffer bytes);

        Body end();
    }

    private final class Kept implements Sink {
        private final int end;
        private final InFlightBytes.Charge charge;
        private byte[] bytes = {};
        private int length;

        Kept(WebhookPost post) {
            this.end = post.announced() < 0 ? limit : (int) post.announced();
            this.charge = post.charge();
        }

        @Override
        public @Nullable Body take(ByteBuffer more) {
            int needed = length + more.remaining();
            if (needed > limit) {
                return new TooLong();
            }
            if (needed > bytes.length && !grow(needed)) {
                return new NoRoom();
            }
            int count = more.remaining();
            more.get(bytes, length, count);
            length += count;
            return null;
        }

        /// By halves, or a long body would be copied again and again.
        private boolean grow(int needed) {
            int size = Math.max(bytes.length, Math.min(end, FIRST_CHUNK));
            while (size < needed) {
                size += Math.min(size / 2, end - size);
            }
            if (!charge.tryAdd(size - bytes.length)) {
                return false;
            }
            bytes = Arrays.copyOf(bytes, size);
            return true;
        }

        @Override
        public Body end() {
            return new Whole(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
        }
    }

    private final class Discarded implements Sink {
        private long length;

        @Override
        public @Nullable Body take(ByteBuffer bytes) {
            length += bytes.remaining();
            return length > 2L * limit ? new TooLong() : null;
        }

        @Override
        public Body end() {
            return new Whole(new byte[0]);
        }
    }

    private static final class Reading implements Invocable.Task {
        private final WebhookPost post;
        private final Sink sink;
        private final Consumer<Body> whenRead;
        private final Patience patience = new Patience();

        Reading(WebhookPost post, Sink sink, Consumer<Body> whenRead) {
            this.post = post;
            this.sink = sink;
            this.whenRead = whenRead;
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }

        @Override
        public void run() {
            Body body = readOn();
            if (body != null) {
                whenRead.accept(body);
            }
        }

        /// @return null when more is to come
        private @Nullable Body readOn() {
            try {
                Content.Chunk chunk = post.request().read();
                while (chunk != null) {
                    Body body = Content.Chunk.isFailure(chunk) ? failed(chunk.getFailure()) : took(chunk);
                    if (body != null) {
                        return body;
                    }
                    chunk = post.request().read();
                }
                post.request().demand(this);
                return null;
            } catch (RuntimeException | Error e) {
                return new Faulty(e); // nobody above would answer the post, nor pay back what it is charged
            }
        }

        private @Nullable Body took(Content.Chunk chunk) {
            int count = chunk.remaining();
            Body refused;
            try {
                refused = sink.take(chunk.getByteBuffer());
            } finally {
                chunk.release();
            }
            if (refused != null) {
                return refused;
            }
            if (chunk.isLast()) {
                return sink.end();
            }
            return patience.endsAfter(count) ? new TooSlow() : null;
        }

        private static Body failed(Throwable why) {
            return why instanceof TimeoutException ? new TooSlow() : new CutOff(why);
        }
    }

    /// Each byte buys time at the least rate, and never more than the grace ahead: a burst at first buys no dawdling.
    private static final class Patience {
        private long end = System.nanoTime() + GRACE_NANOS;

        boolean endsAfter(int bytesRead) {
            long now = System.nanoTime();
            end = Math.min(end + bytesRead * 1_000_000_000L / LEAST_BYTES_PER_SECOND, now + GRACE_NANOS);
            return now - end > 0;
        }
    }
}
