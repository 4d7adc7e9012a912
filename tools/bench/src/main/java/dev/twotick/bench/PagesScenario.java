package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Somebody looks at every page of the console, while a worker applies what is posted. A list's thousandth page is come
/// to by following its links, as people do; the last ones on the way there are timed, each of them read once.
record PagesScenario() implements Scenario {
    private static final int FAR = 1_000;
    private static final int TIMES_A_TURN = 20;
    private static final int WARM_A_TURN = 8;
    private static final double MOST_MILLIS = 100;
    private static final double SECONDS = 10; // of traffic that is signed at a time
    private static final int CONNECTIONS = 16;

    @Override
    public String name() {
        return "pages";
    }

    @Override
    public String says() {
        return "the console's lists, searches and overview with --messages and --payloads, at --rate events/s";
    }

    /// @param words what the link to the next page holds
    private record Listing(String name, String path, String words) {
        static Listing of(String name, String path) {
            return new Listing(name, path, path.startsWith("/api/") ? "" : "=");
        }
    }

    @Override
    public void measure(Run run) {
        if (run.filled().isPresent()) {
            try (var servers = new Servers(run.filled().get())) {
                measure(run, servers);
            }
        } else {
            measure(run, run.servers());
        }
    }

    private void measure(Run run, Servers servers) {
        var fill = PagesFill.of(run.messages(), run.messagePayloads());
        if (!servers.hasDatabase(fill.database())) {
            fill(run, servers, fill);
        }
        try (var stack = Stack.on(servers, run.mine(), fill.database())) {
            int port = stack.withConsole();
            stack.startIngest();
            stack.startWorker("consume,deliver,console", run.load().hookUrl());
            try (var visit = new ConsoleVisit(port);
                    var traffic = new Traffic(run, stack)) {
                IntStream.range(0, WARM_A_TURN * run.turns())
                        .forEach(_ -> all(stack).forEach(path -> visit.get(path)));
                look(run, stack, visit, fill);
                traffic.end();
            }
        }
    }

    private static void fill(Run run, Servers servers, PagesFill fill) {
        long begin = System.nanoTime();
        try (var stack = new Stack(servers, run.mine())) {
            stack.startWorker("deliver", run.load().hookUrl()); // whose endpoint has a secret
            stack.stopWorker();
            servers.withoutSync(() -> fill.fill(stack, run.say()));
            stack.keep(fill.database());
        }
        run.say("pages: filled in %,d s".formatted(Math.round((System.nanoTime() - begin) / 1e9)));
    }

    private static List<String> all(Stack stack) {
        return List.of("/overview", "/payloads", "/conversations", "/contacts", "/campaigns", "/hooks", hook(stack, 0));
    }

    private void look(Run run, Stack stack, ConsoleVisit visit, PagesFill fill) {
        each(run, visit, "overview", _ -> "/overview");
        for (var listing : listings(stack)) {
            list(run, visit, listing);
        }
        search(run, visit, "payloads by wamid", n -> "/payloads?q=" + PagesFill.wamid(some(run, fill.messages(), n)));
        search(run, visit, "payloads by number", n -> "/payloads?q=" + someNumber(run, fill, n));
        search(run, visit, "payloads by number, of whom there are most", n -> "/payloads?q=" + PagesFill.waId(n + 1));
        search(run, visit, "payloads by user id", n -> "/payloads?q=US." + someUser(run, fill, n));
        search(run, visit, "contacts by number", n -> "/contacts?q=" + someNumber(run, fill, n));
        search(run, visit, "contacts by user id", n -> "/contacts?q=US." + someUser(run, fill, n));
        search(run, visit, "contacts by name", n -> "/contacts?q=" + name(n));
        search(run, visit, "conversations by number", n -> "/conversations?q=" + someNumber(run, fill, n));
        search(run, visit, "conversations by name", n -> "/conversations?q=" + name(n));
        each(
                run,
                visit,
                "a payload",
                n -> "/payloads/" + stack.text("select bench.payload(" + some(run, fill.payloads(), n) + ")"));
        each(
                run,
                visit,
                "a contact",
                n -> "/contacts/" + stack.text("select bench.person(" + some(run, fill.contacts(), n) + ")"));
        each(
                run,
                visit,
                "an event",
                n -> "/events/" + stack.text("select bench.event(" + some(run, fill.payloads(), n) + ")"));
        each(run, visit, "a campaign", n -> "/campaigns/" + (n + 1));
        each(run, visit, "an account", n -> "/accounts/" + stack.text("select bench.number(" + (1 + n % 20) + ")"));
    }

    private static List<Listing> listings(Stack stack) {
        return List.of(
                Listing.of("payloads", "/payloads"),
                Listing.of("payloads that failed", "/payloads?state=failed"),
                Listing.of("payloads of an account", "/payloads?account=106540352242925"),
                Listing.of("payloads of a field", "/payloads?field=account_update"),
                Listing.of("conversations", "/conversations"),
                Listing.of("conversations of an account", "/conversations?account=106540352242925"),
                Listing.of("conversations with unread messages", "/conversations?unread=1"),
                Listing.of("a long conversation", "/conversations/1"),
                Listing.of("contacts", "/contacts"),
                Listing.of("campaigns", "/campaigns"),
                Listing.of("hooks", "/hooks"),
                new Listing("an endpoint's attempts", hook(stack, 0), "before="),
                new Listing("an endpoint's attempts that failed", hook(stack, 1) + "?outcome=dead", "before="),
                new Listing("an endpoint's dead calls", hook(stack, 1), "after="),
                new Listing("an endpoint with most calls waiting", hook(stack, 2), "none"),
                Listing.of("resends", "/resends"),
                Listing.of("accounts", "/accounts"),
                Listing.of("audit log", "/audit"));
    }

    private static String hook(Stack stack, int endpoint) {
        return "/hooks/" + stack.text("select id from bench.endpoint where n = " + endpoint);
    }

    private static int times(Run run) {
        return TIMES_A_TURN * run.turns();
    }

    /// Spread over all of them.
    private static long some(Run run, long all, int n) {
        return all / (times(run) + 1) * (n + 1);
    }

    private static String someNumber(Run run, PagesFill fill, int n) {
        return ConsoleVisit.escaped("+" + PagesFill.waId(some(run, fill.contacts(), n)));
    }

    private static long someUser(Run run, PagesFill fill, int n) {
        return 1_000_000_000 + some(run, fill.contacts(), n) / 2 * 2;
    }

    /// How a name begins: a few letters, of many people, or more, of few.
    private static String name(int n) {
        return List.of("a", "shee", "Nadia+K", "jo", "Miguel+Becker+1").get(n % 5);
    }

    private void search(Run run, ConsoleVisit visit, String what, IntFunction<String> path) {
        each(run, visit, "search of " + what, path);
    }

    private void each(Run run, ConsoleVisit visit, String what, IntFunction<String> path) {
        add(
                run,
                what,
                IntStream.range(0, times(run))
                        .mapToObj(path)
                        .map(visit::get)
                        .map(ConsoleVisit.Page::millis)
                        .toList());
    }

    private void list(Run run, ConsoleVisit visit, Listing listing) {
        each(run, visit, listing.name() + ", first page", _ -> listing.path());
        var page = visit.get(listing.path());
        var latest = new ArrayDeque<Double>();
        int number = 1;
        Optional<String> next = page.next(listing.words());
        while (next.isPresent() && number < FAR) {
            page = visit.get(next.get());
            latest.add(page.millis());
            if (latest.size() > times(run)) {
                latest.remove();
            }
            next = page.next(listing.words());
            number++;
        }
        if (number > 1) {
            add(run, "%s, page %,d".formatted(listing.name(), number), List.copyOf(latest));
        }
    }

    private void add(Run run, String what, List<Double> millis) {
        var sorted = millis.stream().sorted().toList();
        run.add(Line.of(name(), what + ", p95", percentile(sorted, 95), "ms")
                .atMost(MOST_MILLIS)
                .noting("p50 " + Table.number(percentile(sorted, 50)) + " ms"));
    }

    private static double percentile(List<Double> sorted, int percent) {
        return sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1));
    }

    /// What is posted meanwhile, until [#end].
    private static final class Traffic implements AutoCloseable {
        private final Run run;
        private final Stack stack;
        private final Thread thread = new Thread(this::post, "traffic");
        private volatile boolean ended;
        private long accepted;

        Traffic(Run run, Stack stack) {
            this.run = run;
            this.stack = stack;
            thread.start();
        }

        private void post() {
            while (!ended) {
                long first = run.load().first((long) Math.ceil(run.rate() * SECONDS));
                accepted += run.load()
                        .post(Order.open(stack.port(), CONNECTIONS, run.rate(), SECONDS, first, Shape.SINGLE))
                        .accepted();
            }
        }

        void end() {
            close();
            run.say("pages: %,d events were posted meanwhile, of which %,d wait"
                    .formatted(accepted, stack.streamLength()));
        }

        @Override
        public void close() {
            ended = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
