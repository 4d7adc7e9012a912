package dev.twotick.devstack.listen;

import static dev.twotick.devstack.listen.Screen.Colour.CYAN;
import static dev.twotick.devstack.listen.Screen.Colour.FAINT;
import static dev.twotick.devstack.listen.Screen.Colour.GREEN;
import static dev.twotick.devstack.listen.Screen.Colour.RED;
import static dev.twotick.devstack.listen.Screen.Colour.YELLOW;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.twotick.devstack.listen.CallVerifier.Verdict;
import dev.twotick.devstack.listen.Forward.Answered;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Takes hook calls on the loopback addresses of one port and prints each. Answers by itself: 204, or 401 where the
/// signature is wrong; or hands each on, whatever its signature, and answers what the other said.
public final class Listener implements AutoCloseable {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
    private static final int KEPT = 50;

    private final List<HttpServer> servers = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CallVerifier verifier;
    private final @Nullable Forward forward;
    private final boolean json;
    private final Screen screen;
    private final InstantSource clock;
    private final Deque<Numbered> last = new ArrayDeque<>();
    private int count;

    private record Numbered(int number, ReceivedCall call) {}

    /// @param port 0 is any free one
    /// @param secrets as `TWOTICK_HOOK_SECRET` holds them; empty: calls are not judged
    /// @param forwardTo who gets each call, and answers it
    /// @param json print each call's body too
    /// @throws IOException when the port cannot be had
    /// @throws IllegalArgumentException when a secret is not one
    Listener(int port, String secrets, Optional<URI> forwardTo, boolean json, Screen screen, InstantSource clock)
            throws IOException {
        this.verifier = new CallVerifier(secrets, clock);
        this.forward = forwardTo.map(Forward::new).orElse(null);
        this.json = json;
        this.screen = screen;
        this.clock = clock;
        servers.add(listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port)));
        try {
            servers.add(listen(new InetSocketAddress(InetAddress.ofLiteral("::1"), port())));
        } catch (IOException noIpv6Here) {
            // where there is one, localhost may mean it
        }
    }

    /// To standard output, as a person or a pipe wants it.
    public static Listener onTerminal(int port, String secrets, Optional<URI> forwardTo, boolean json)
            throws IOException {
        return new Listener(
                port, secrets, forwardTo, json, new Screen(System.out, Screen.wantsColours()), InstantSource.system());
    }

    private HttpServer listen(InetSocketAddress address) throws IOException {
        var server = HttpServer.create(address, 0);
        server.createContext("/", this::receive);
        server.setExecutor(threads);
        server.start();
        return server;
    }

    public int port() {
        return servers.getFirst().getAddress().getPort();
    }

    /// Prints the body of that call again; the last one's for 0.
    public synchronized void show(int number) {
        var found = number == 0
                ? Optional.ofNullable(last.peekLast())
                : last.stream().filter(kept -> kept.number == number).findFirst();
        screen.print(found.map(kept -> screen.in(FAINT, "#" + kept.number) + "\n" + Screen.pretty(kept.call.text()))
                .orElse(last.isEmpty() ? "no call came yet" : "the last " + last.size() + " calls are kept here"));
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            var call = ReceivedCall.of(exchange, clock.instant());
            if (!call.method().equals("POST")) {
                screen.print(line(number(call), call, new CallLine(call.method(), Screen.clean(call.target())))
                        + screen.in(FAINT, "  405: hook calls are POSTs"));
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            var verdict = verifier.judge(call);
            var answer = forward != null ? forward.to(call) : null;
            say(call, verdict, answer);
            if (answer != null) {
                passBack(exchange, answer);
            } else {
                exchange.sendResponseHeaders(verdict instanceof Verdict.Wrong ? 401 : 204, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void passBack(HttpExchange exchange, Answered answer) throws IOException {
        answer.headers().forEach((name, values) -> {
            if (!name.equalsIgnoreCase("content-length") && !name.equalsIgnoreCase("transfer-encoding")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        boolean bare = answer.body().length == 0 || answer.status() == 204 || answer.status() == 304;
        exchange.sendResponseHeaders(answer.status(), bare ? -1 : answer.body().length);
        if (!bare) {
            exchange.getResponseBody().write(answer.body());
        }
    }

    private synchronized int number(ReceivedCall call) {
        last.add(new Numbered(++count, call));
        if (last.size() > KEPT) {
            last.remove();
        }
        return count;
    }

    private void say(ReceivedCall call, Verdict verdict, @Nullable Answered answer) {
        var line = new StringBuilder(line(number(call), call, CallLine.of(call.text())));
        switch (verdict) {
            case Verdict.Verified(String words) -> line.append(screen.in(FAINT, "  " + words));
            case Verdict.Unjudged _ -> line.append(screen.in(YELLOW, "  signature not looked at"));
            case Verdict.Wrong(String why) -> line.append(screen.in(RED, "\n    NOT VERIFIED: " + why));
        }
        for (var event : CallLine.ofBatch(call.text())) {
            line.append("\n    ").append(words(event));
        }
        if (answer != null) {
            line.append("\n    ").append(said(answer));
        }
        if (json) {
            line.append('\n').append(Screen.pretty(call.text()));
        }
        screen.print(line.toString());
    }

    private String line(int number, ReceivedCall call, CallLine words) {
        return screen.in(FAINT, "#" + number + " " + TIME.format(call.at())) + "  " + words(words);
    }

    private String words(CallLine words) {
        return screen.in(CYAN, String.format("%-18s", words.type())) + "  " + words.words();
    }

    private String said(Answered answer) {
        var body =
                Screen.clean(new String(answer.body(), StandardCharsets.UTF_8)).strip();
        return screen.in(
                answer.status() / 100 == 2 ? GREEN : RED,
                "answered " + answer.status() + " in " + answer.millis() + " ms"
                        + (body.isEmpty() ? "" : ": " + body.substring(0, Math.min(body.length(), 200))));
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        threads.close();
    }
}
