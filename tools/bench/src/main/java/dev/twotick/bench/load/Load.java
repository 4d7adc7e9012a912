package dev.twotick.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The process. First a line with the receiver's port; then for each line of input, an [Order], the line `ready` when
/// all is signed, and after one more line of input an [Outcome]; for the line `calls` how many hook calls have come.
/// After `listen` and a plan of [Listeners] frames are waited for in place of hooks; `heard` says what came of them,
/// `back` waits until all are let in again, `warm` lets the times begin anew. It ends with its input.
public final class Load {
    public static final String APP_SECRET = "an app secret of the bench";
    public static final String READY = "ready";
    public static final String CALLS = "calls";
    public static final String LISTEN = "listen ";
    public static final String HEARD = "heard";
    public static final String BACK = "back";
    public static final String WARM = "warm";

    private static final JsonMapper json = JsonMapper.builder().build();

    private final HookReceiver receiver = new HookReceiver();
    private @Nullable Listeners listeners;

    private Load() throws IOException {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new Load().run();
    }

    private void run() throws IOException, InterruptedException {
        System.out.println(receiver.port());
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals(CALLS)) {
                System.out.println(receiver.calls());
                continue;
            }
            if (line.startsWith(LISTEN)) {
                listeners = new Listeners(json.readValue(line.substring(LISTEN.length()), Listeners.Plan.class));
            }
            if (listeners != null && isOfListeners(line)) {
                answer(listeners, line);
                continue;
            }
            var order = json.readValue(line, Order.class);
            var requests = Requests.of(order, APP_SECRET);
            System.out.println(READY);
            if (input.readLine() == null) {
                return;
            }
            System.out.println(json.writeValueAsString(post(order, requests)));
        }
    }

    private static boolean isOfListeners(String line) {
        return line.startsWith(LISTEN) || line.equals(HEARD) || line.equals(BACK) || line.equals(WARM);
    }

    private static void answer(Listeners listeners, String line) throws InterruptedException {
        if (line.equals(BACK)) {
            listeners.awaitOpen();
        } else if (line.equals(WARM)) {
            listeners.forgetTimes();
        }
        System.out.println(json.writeValueAsString(listeners.heard()));
    }

    private Outcome post(Order order, Requests requests) throws IOException, InterruptedException {
        var due = new long[requests.count()];
        if (listeners != null) {
            return postTo(listeners, order, requests, due);
        }
        var arrivals = new Arrivals(order.first(), order.hooks() ? (int) order.updates() : 0);
        receiver.noteIn(arrivals);
        var client = new Client(order, requests, due).run();
        if (!order.hooks()) {
            return client.outcome(new Histogram(3), 0, arrivals.perSecond());
        }
        int owed = (int)
                Math.min(order.updates(), client.accepted() * order.shape().updates());
        arrivals.await(owed);
        return client.outcome(
                arrivals.since(due, order.shape().updates()),
                Math.max(0, owed - arrivals.count()),
                arrivals.perSecond());
    }

    private static Outcome postTo(Listeners listeners, Order order, Requests requests, long[] due)
            throws IOException, InterruptedException {
        var arrivals = listeners.noteIn(order);
        var client = new Client(order, requests, due).run();
        for (var one : arrivals) {
            one.await((int) order.updates());
        }
        return client.outcome(
                listeners.took(arrivals, due, order.shape().updates()),
                arrivals.stream()
                        .mapToLong(one -> order.updates() - one.count())
                        .sum(),
                arrivals.getFirst().perSecond());
    }
}
