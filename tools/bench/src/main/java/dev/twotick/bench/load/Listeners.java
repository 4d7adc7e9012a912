package dev.twotick.bench.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/// Programs that listen at a console's `/ws`: some hear all that is told of messages, the others the new messages of
/// one number, as people do who each see to their own. Whoever is cut off comes back with the last id that they have.
final class Listeners {
    private static final int OF_ALL = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SILENCE_NANOS = 10_000_000_000L;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .executor(threads)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final List<Listener> all = new ArrayList<>();
    private final Histogram times = new Histogram(3_600_000_000L, 3);
    private long expected;
    private final long[] expectedOf = new long[Traffic.ACCOUNTS];
    private final double openSeconds;

    /// @param port    of the console
    /// @param token   a program's
    /// @param sockets so many in all
    record Plan(int port, String token, int sockets) {}

    Listeners(Plan plan) throws InterruptedException {
        long begin = System.nanoTime();
        var address = URI.create("ws://127.0.0.1:" + plan.port() + "/ws");
        for (int i = 0; i < plan.sockets(); i++) {
            var account = i < OF_ALL ? Listener.ALL : i % Traffic.ACCOUNTS;
            all.add(new Listener(client, address, plan.token(), account));
        }
        all.forEach(listener -> threads.execute(listener::open));
        awaitOpen();
        openSeconds = (System.nanoTime() - begin) / 1e9;
    }

    /// Returns when all have been let in, again too.
    void awaitOpen() throws InterruptedException {
        await(() -> all.stream().allMatch(Listener::isIn), PATIENCE.toNanos());
    }

    private static boolean await(BooleanSupplier done, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (!done.getAsBoolean() && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        return done.getAsBoolean();
    }

    /// Whoever hears all notes what comes, from now on, in one of these.
    List<Arrivals> noteIn(Order order) {
        for (long update = order.first(); update < order.first() + order.updates(); update++) {
            expected++;
            if (Traffic.isMessage(update)) {
                expectedOf[(int) Traffic.account(update)]++;
            }
        }
        return all.stream()
                .filter(Listener::hearsAll)
                .map(listener -> listener.noteIn(new Arrivals(order.first(), (int) order.updates())))
                .toList();
    }

    Histogram took(List<Arrivals> arrivals, long[] due, int updatesEach) {
        var took = new Histogram(3_600_000_000L, 3);
        arrivals.forEach(one -> took.add(one.since(due, updatesEach)));
        times.add(took);
        return took;
    }

    /// What was warm-up does not count.
    void forgetTimes() {
        times.reset();
    }

    /// Once all that was posted has come, or nothing more does.
    Heard heard() throws InterruptedException {
        long before;
        do {
            before = frames();
        } while (!await(() -> lost() == 0, SILENCE_NANOS) && frames() > before);
        return new Heard(
                (int) all.stream().filter(Listener::isIn).count(),
                openSeconds,
                frames(),
                lost(),
                all.stream().mapToLong(Listener::doubled).sum(),
                all.stream().mapToLong(Listener::reopened).sum(),
                awaySeconds(),
                Outcome.Times.of(times));
    }

    private double awaySeconds() {
        var cutOff = all.stream().filter(listener -> listener.reopened() > 0).toList();
        return cutOff.isEmpty()
                ? 0
                : (cutOff.stream().mapToLong(Listener::inAt).max().orElseThrow()
                                - cutOff.stream()
                                        .mapToLong(Listener::cutAt)
                                        .min()
                                        .orElseThrow())
                        / 1e9;
    }

    private long frames() {
        return all.stream().mapToLong(Listener::heard).sum();
    }

    private long lost() {
        return IntStream.range(0, all.size())
                .mapToLong(i -> Math.max(0, expected(all.get(i)) - all.get(i).heard()))
                .sum();
    }

    private long expected(Listener listener) {
        return listener.hearsAll() ? expected : expectedOf[listener.account()];
    }
}
