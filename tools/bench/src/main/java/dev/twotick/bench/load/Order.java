package dev.twotick.bench.load;

/// What to post.
///
/// @param port        of a server on this machine
/// @param connections kept alive
/// @param rate        requests a second, whatever the answers (open loop); 0: the next one as soon as one is answered
/// @param seconds     after which nothing more is posted; 0: all of it is posted, again until it is answered 200
/// @param requests    so many at most
/// @param first       number of the first update; two orders with numbers in common repeat each other
/// @param shape       of the bodies
/// @param times       each is posted so often, one right after the other
/// @param hooks       wait for the hook of each update
public record Order(
        int port,
        int connections,
        double rate,
        double seconds,
        int requests,
        long first,
        Shape shape,
        int times,
        boolean hooks) {

    /// @param updates in one payload
    /// @param people  who write and are written to
    /// @param renamed so many messages later one brings another profile name; 0: none does
    /// @param history messages from before the number was connected, as a history sync brings them
    public record Shape(int updates, int people, int renamed, boolean history) {
        public static final Shape SINGLE = new Shape(1, 2_500, 0, false);

        /// Who wrote the message of that number, or is told of by its status.
        public String waId(long number) {
            return Traffic.waId(Traffic.person(number, people));
        }

        public Shape withUpdates(int count) {
            return new Shape(count, people, renamed, history);
        }

        public Shape withRenamed(int every) {
            return new Shape(updates, people, every, history);
        }
    }

    /// Posts `requests` payloads of new updates until each is answered 200.
    public static Order all(int port, int connections, int requests, long first, Shape shape) {
        return new Order(port, connections, 0, 0, requests, first, shape, 1, false);
    }

    /// As fast as it goes, for so long.
    public static Order closed(int port, int connections, double seconds, int requests, long first, Shape shape) {
        return new Order(port, connections, 0, seconds, requests, first, shape, 1, false);
    }

    /// At a rate, for so long.
    public static Order open(int port, int connections, double rate, double seconds, long first, Shape shape) {
        return new Order(port, connections, rate, seconds, (int) Math.ceil(rate * seconds), first, shape, 1, false);
    }

    public Order waitingForHooks() {
        return new Order(port, connections, rate, seconds, requests, first, shape, times, true);
    }

    public Order eachTimes(int count) {
        return new Order(port, connections, rate, seconds, requests, first, shape, count, hooks);
    }

    public long updates() {
        return (long) requests * shape.updates();
    }
}
