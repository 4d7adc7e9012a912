package dev.twotick.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/// The process. First a line with the receiver's port; then for each line of input, an [Order], the line `ready` when
/// all is signed, and after one more line of input an [Outcome]; for the line `calls` how many hook calls have come.
/// It ends with its input.
public final class Load {
    public static final String APP_SECRET = "an app secret of the bench";
    public static final String READY = "ready";
    public static final String CALLS = "calls";

    private static final JsonMapper json = JsonMapper.builder().build();

    private Load() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var receiver = new HookReceiver();
        System.out.println(receiver.port());
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals(CALLS)) {
                System.out.println(receiver.calls());
                continue;
            }
            var order = json.readValue(line, Order.class);
            var requests = Requests.of(order, APP_SECRET);
            System.out.println(READY);
            if (input.readLine() == null) {
                return;
            }
            System.out.println(json.writeValueAsString(post(order, requests, receiver)));
        }
    }

    private static Outcome post(Order order, Requests requests, HookReceiver receiver)
            throws IOException, InterruptedException {
        var due = new long[requests.count()];
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
}
