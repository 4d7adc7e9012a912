package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// Makes one signed call and says what came of it. The whole exchange has one deadline, so that a receiver that
/// answers a byte at a time holds nothing up; of the answer's body only a little is read, and none is kept.
final class HookSender implements AutoCloseable {
    private static final int ANSWER_BYTES = 16 * 1024;
    // shorter than what servers commonly keep a connection for (5 s), so that none is closed under a call
    private static final TimeValue KEEP_ALIVE = TimeValue.ofSeconds(4);

    private final CloseableHttpClient client;
    private final Duration timeout;
    private final InstantSource clock;
    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("hook-deadline").factory());

    HookSender(HookSettings settings, InstantSource clock) {
        this.timeout = settings.timeout();
        this.clock = clock;
        deadlines.setRemoveOnCancelPolicy(true);
        Duration connect = settings.connectTimeout().compareTo(timeout) < 0 ? settings.connectTimeout() : timeout;
        client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new GuardedResolver(
                                new PublicAddresses(settings.allowNets()), connect, InetAddress::getAllByName))
                        .setMaxConnTotal(settings.concurrency())
                        .setMaxConnPerRoute(settings.concurrency())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(connect))
                                .setSocketTimeout(Timeout.of(timeout))
                                .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                                .setTimeToLive(TimeValue.ofMinutes(5))
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(Timeout.of(timeout))
                        .setResponseTimeout(Timeout.of(timeout))
                        .setRedirectsEnabled(false)
                        .build())
                .setKeepAliveStrategy((_, _) -> KEEP_ALIVE)
                .setUserAgent("Twotick")
                .evictIdleConnections(KEEP_ALIVE)
                .disableRedirectHandling()
                .setRetryStrategy(new ClosedConnection())
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
    }

    Answer send(Endpoint endpoint, OwedCall call) {
        byte[] body = call.body();
        Instant now = clock.instant();
        HttpPost request = new HttpPost(endpoint.url());
        request.setHeader("webhook-id", call.eventId().toString());
        request.setHeader("webhook-timestamp", Long.toString(now.getEpochSecond()));
        request.setHeader("webhook-signature", HookSigner.signature(endpoint.secrets(), call.eventId(), now, body));
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        // closing a connection may block, so not on the thread that keeps everyone's deadlines
        ScheduledFuture<?> deadline = deadlines.schedule(
                () -> Thread.startVirtualThread(request::cancel), timeout.toNanos(), TimeUnit.NANOSECONDS);
        try (ClassicHttpResponse response = client.executeOpen(null, request, null)) {
            Answer answer = new Answer.Status(response.getCode(), retryAfter(response, now));
            if (!readToEnd(response)) {
                request.cancel();
            }
            return answer;
        } catch (IOException e) {
            return new Answer.None(request.isCancelled() ? tooLate() : describe(e));
        } finally {
            deadline.cancel(false);
        }
    }

    /// Reads what is needed to use the connection again. The status has been seen: nothing here changes the answer.
    private static boolean readToEnd(ClassicHttpResponse response) {
        if (response.getEntity() == null) {
            return true;
        }
        try {
            InputStream content = response.getEntity().getContent();
            return content.readNBytes(ANSWER_BYTES).length < ANSWER_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    private @Nullable Duration retryAfter(HttpResponse response, Instant now) {
        return RetryAfter.parse(header(response, "Retry-After"), header(response, "Date"), now);
    }

    private static @Nullable String header(HttpResponse response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private String tooLate() {
        return "no answer within " + timeout.toMillis() + " ms";
    }

    private String describe(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return e.getMessage() != null && e.getMessage().contains("Connect") ? "cannot connect in time" : tooLate();
        }
        String message = e.getMessage() == null ? "" : ": " + e.getMessage().replace('\0', ' ');
        return e.getClass().getSimpleName() + (message.length() > 300 ? message.substring(0, 300) : message);
    }

    /// Cuts what is still in flight.
    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
        deadlines.shutdownNow();
    }
}
