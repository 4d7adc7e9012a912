package dev.twotick.bench.reference;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/// The HTTP client that hooks are called with, and nothing around it: `URL CALLS` posts as many bodies of a hook's size
/// over as many connections as one endpoint gets, and as many again that count; prints calls a second.
public final class HookLoop {
    private static final int CONNECTIONS = 64;
    private static final int BYTES = 1_200;

    private HookLoop() {}

    public static void main(String[] arguments) throws IOException {
        int calls = Integer.parseInt(arguments[1]);
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(CONNECTIONS)
                .setMaxConnPerRoute(CONNECTIONS)
                .build();
        try (var client = HttpClients.custom().setConnectionManager(connections).build()) {
            post(client, arguments[0], calls);
            long start = System.nanoTime();
            post(client, arguments[0], calls);
            System.out.println(calls / ((System.nanoTime() - start) / 1e9));
        }
    }

    private static void post(CloseableHttpClient client, String url, int calls) {
        var left = new AtomicInteger(calls);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                threads.execute(() -> {
                    while (left.getAndDecrement() > 0) {
                        call(client, url);
                    }
                });
            }
        }
    }

    private static void call(CloseableHttpClient client, String url) {
        var request = new HttpPost(url);
        request.setEntity(new ByteArrayEntity(new byte[BYTES], ContentType.APPLICATION_JSON));
        try {
            client.execute(request, response -> response.getCode());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
