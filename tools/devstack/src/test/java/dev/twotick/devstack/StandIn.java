package dev.twotick.devstack;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/// In the place of ingest and worker, for tests of what starts and ends them: healthy at once, and says what it is
/// told.
public final class StandIn {
    private StandIn() {}

    public static void main(String[] arguments) throws IOException {
        var roles = List.of(arguments);
        if (System.getenv("TWOTICK_TEST_FAILING") != null && roles.contains("--roles")) {
            throw new IllegalStateException("a bad setting, named here");
        }
        if (roles.contains("--migrate")) {
            return;
        }
        var port = System.getenv(roles.contains("--roles") ? "TWOTICK_WORKER_PORT" : "TWOTICK_HTTP_PORT");
        var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(port)), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ended in order")));
    }
}
