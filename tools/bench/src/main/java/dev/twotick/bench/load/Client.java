package dev.twotick.bench.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.HdrHistogram.Histogram;

/// Posts what an [Order] says, in one thread. The time of a post counts from when it was due, also where every
/// connection was busy then; at a rate all is posted, however late, and what has no answer in the end counts until
/// then.
final class Client {
    private static final long PATIENCE_NANOS = 15_000_000_000L;
    private static final long RECONNECT_NANOS = 20_000_000L;
    private static final long EARLY_NANOS = 5_000_000_000L;
    private static final long HOUR_MICROS = 3_600_000_000L;

    private final Order order;
    private final Requests requests;
    private final int posts;
    private final long[] due;
    private final Deque<Connection> free = new ArrayDeque<>();
    private final Deque<Integer> again = new ArrayDeque<>();
    private final Histogram times = new Histogram(HOUR_MICROS, 3);
    private final Histogram early = new Histogram(HOUR_MICROS, 3);
    private final List<Integer> perSecond = new ArrayList<>();
    private final BitSet answered = new BitSet();
    private int next;
    private int open;
    private int waiting;
    private long accepted;
    private long refused;
    private long broken;
    private long start;
    private long end;
    private long lastAnswer;
    private long processor;
    private long reconnectAt;

    /// @param due is told when each request was due
    Client(Order order, Requests requests, long[] due) {
        this.order = order;
        this.requests = requests;
        this.posts = requests.count() * order.times();
        this.due = due;
    }

    Client run() throws IOException {
        try (var selector = Selector.open()) {
            reconnect(selector);
            start = System.nanoTime();
            lastAnswer = start;
            long before = ownProcessor();
            end = end();
            try (var pace = new Pace(order.rate(), start, selector)) {
                pace.start();
                while (isUnfinished()) {
                    post(pace);
                    selector.select(this::ready, patienceMillis());
                    reconnect(selector);
                }
                processor = ownProcessor() - before;
                noteUnanswered(pace);
            }
            for (var key : selector.keys()) {
                ((Connection) key.attachment()).close();
            }
            return this;
        }
    }

    /// Nanoseconds, of all threads of this process.
    private static long ownProcessor() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /// At a rate what was due in time is posted beyond it.
    private long end() {
        return order.seconds() == 0
                ? Long.MAX_VALUE
                : start + (long) (order.seconds() * 1e9) + (order.rate() > 0 ? PATIENCE_NANOS : 0);
    }

    private void noteUnanswered(Pace pace) {
        if (order.rate() > 0) {
            long now = System.nanoTime();
            for (int post = answered.nextClearBit(0); post < posts; post = answered.nextClearBit(post + 1)) {
                noteTime(pace.due(post), now);
            }
        }
    }

    private void noteTime(long since, long now) {
        long micros = Math.clamp((now - since) / 1_000, 0, HOUR_MICROS);
        times.recordValue(micros);
        if (since - start < EARLY_NANOS) {
            early.recordValue(micros);
        }
    }

    private boolean isUnfinished() {
        long now = System.nanoTime();
        boolean more = now < end && (next < posts || !again.isEmpty());
        return more || (waiting > 0 && now - lastAnswer < PATIENCE_NANOS);
    }

    private long patienceMillis() {
        long now = System.nanoTime();
        return open < order.connections() ? 20 : now < end ? Math.clamp((end - now) / 1_000_000 + 1, 1, 1_000) : 100;
    }

    private void post(Pace pace) {
        long now = System.nanoTime();
        while (!free.isEmpty() && now < end) {
            int post;
            if (next < posts && pace.due(next) <= now) {
                post = next++;
            } else if (!again.isEmpty()) {
                post = again.poll();
            } else {
                return;
            }
            int place = post / order.times();
            long since = order.rate() == 0 ? now : pace.due(post);
            if (due[place] == 0) {
                due[place] = since;
            }
            send(free.pop(), post, since, requests.get(place));
            now = System.nanoTime();
        }
    }

    private void send(Connection connection, int post, long since, byte[] request) {
        waiting++;
        try {
            connection.send(post, since, request);
        } catch (IOException e) {
            broke(connection);
        }
    }

    private void ready(SelectionKey key) {
        var connection = (Connection) key.attachment();
        try {
            if (key.isWritable()) {
                connection.write();
            }
            if (key.isReadable()) {
                int status = connection.read();
                if (status != 0) {
                    answered(connection, status);
                }
            }
        } catch (IOException e) {
            broke(connection);
        }
    }

    private void answered(Connection connection, int status) {
        long now = System.nanoTime();
        lastAnswer = now;
        waiting--;
        if (status != 200) {
            refused++;
            postAgain(connection.post());
        } else {
            noteTime(connection.since(), now);
            answered.set(connection.post());
            if (now <= end) {
                accepted++;
                count((int) ((now - start) / 1_000_000_000L));
            }
        }
        connection.answered();
        free.push(connection);
    }

    private void count(int second) {
        while (perSecond.size() <= second) {
            perSecond.add(0);
        }
        perSecond.set(second, perSecond.get(second) + 1);
    }

    private void postAgain(int post) {
        if (order.seconds() == 0) {
            again.add(post);
        }
    }

    private void broke(Connection connection) {
        broken++;
        open--;
        free.remove(connection);
        connection.close();
        if (connection.waits()) {
            waiting--;
            postAgain(connection.post());
        }
    }

    private void reconnect(Selector selector) {
        while (open < order.connections() && System.nanoTime() >= reconnectAt) {
            try {
                free.push(Connection.open(order.port(), selector));
                open++;
            } catch (IOException refusedForNow) {
                reconnectAt = System.nanoTime() + RECONNECT_NANOS;
            }
        }
    }

    Outcome outcome(Histogram hooks, long missing, List<Integer> arrivals) {
        double seconds = (Math.min(end, lastAnswer) - start) / 1e9;
        return new Outcome(
                seconds,
                processor / 1e9,
                accepted,
                refused,
                broken,
                Outcome.Times.of(times),
                Outcome.Times.of(early),
                Outcome.Times.of(hooks),
                missing,
                perSecond,
                arrivals);
    }

    /// Answered 200, also after the end.
    long accepted() {
        return answered.cardinality();
    }
}
