package dev.twotick.worker.deliver;

import dev.twotick.model.settings.Build;
import dev.twotick.model.settings.Cidr;
import dev.twotick.model.trace.Spans;
import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.deliver.GuardedResolver.Lookup;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.IdleConnectionEvictor;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HeaderElements;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes one signed call and says what came of it. The whole exchange has one deadline, so that a receiver that
/// answers a byte at a time holds nothing up. The head of the answer decides: of its body only a little is read and
/// kept, for people, and however it ends changes nothing.
///
/// A receiver may close a kept connection at the moment we write to it; one that restarts closes them all. That says
/// nothing about the endpoint: the call is made once more, within the same deadline, on a fresh connection, under the
/// same `webhook-id`, should both arrive. What fails there has failed.
final class HookSender implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HookSender.class);
    private static final String USER_AGENT = "Twotick/" + Build.VERSION;
    static final int ANSWER_BYTES = 16 * 1024;
    private static final Duration PATIENCE_WITH_BODY = Duration.ofSeconds(1);
    // shorter than what servers commonly keep a connection for (5 s), so that none is closed under a call
    private static final TimeValue KEEP_ALIVE = TimeValue.ofSeconds(4);

    private final HookSettings settings;
    private final Lookup lookup;
    private final Connections toAll;
    /// By the ranges that are open to an endpoint besides. A kept connection carries the calls of whoever calls that
    /// host, and so these are apart: one that was opened there is no way in for an endpoint that may not be
    /// there, nor for the same one once it may not any more.
    private final Map<List<Cidr>, Connections> apart = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final Spans spans = new Spans("twotick-worker");
    private final MetaSigner metaSigner;
    /// By the timeout of a call: an endpoint may have its own.
    private final Map<Duration, RequestConfig> times = new ConcurrentHashMap<>();

    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("hook-deadline").factory());

    HookSender(HookSettings settings, InstantSource clock) {
        this(settings, clock, InetAddress::getAllByName);
    }

    HookSender(HookSettings settings, InstantSource clock, Lookup lookup) {
        this.settings = settings;
        this.clock = clock;
        this.lookup = lookup;
        metaSigner = new MetaSigner(settings.apps());
        deadlines.setRemoveOnCancelPolicy(true);
        toAll = connections(List.of());
    }

    private record Connections(CloseableHttpClient keeping, CloseableHttpClient fresh, IdleConnectionEvictor evictor) {
        void close() {
            evictor.shutdown();
            keeping.close(CloseMode.IMMEDIATE);
            fresh.close(CloseMode.IMMEDIATE);
        }
    }

    private Connections connections(List<Cidr> openedToOne) {
        Duration timeout = settings.timeout();
        Duration connect = settings.connectTimeout().compareTo(timeout) < 0 ? settings.connectTimeout() : timeout;
        DnsResolver resolver =
                new GuardedResolver(new PublicAddresses(settings.allowNets(), openedToOne), connect, lookup);
        PoolingHttpClientConnectionManager kept = connections(settings, connect, resolver);
        IdleConnectionEvictor evictor = new IdleConnectionEvictor(kept, KEEP_ALIVE);
        evictor.start();
        // minimal: a call knows no redirect, cookie, proxy, password or second try, and pays for none of them
        return new Connections(
                HttpClients.createMinimal(kept),
                HttpClients.createMinimal(connections(settings, connect, resolver)),
                evictor);
    }

    private Connections connections(Endpoint endpoint) {
        List<Cidr> nets = endpoint.limits().allowNets();
        return nets.isEmpty() ? toAll : apart.computeIfAbsent(nets, this::connections);
    }

    private static PoolingHttpClientConnectionManager connections(
            HookSettings settings, Duration connect, DnsResolver resolver) {
        return new TracingOperator.PoolBuilder()
                .setDnsResolver(resolver)
                // how many there are in all, [EndpointQueues] decides; and the strict pool has one lock for everyone
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                .setMaxConnPerRoute(settings.concurrency())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(connect))
                        .setSocketTimeout(Timeout.of(settings.longestTimeout()))
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .setIdleTimeout(Timeout.of(KEEP_ALIVE.toDuration()))
                        .setTimeToLive(TimeValue.ofMinutes(5))
                        .build())
                .build();
    }

    /// @param calls one, or of an endpoint that has batches those that go together
    /// @param trace hears how it goes
    Answer send(Endpoint endpoint, List<OwedCall> calls, ExchangeTrace trace) {
        Instant now = clock.instant();
        HookBody carried = HookBody.of(endpoint, calls, now);
        TraceId traceId = HookSpan.traceOf(calls, carried.id());
        trace.isIn(traceId);
        byte[] body = carried.bytes();
        HttpPost request = new HttpPost(endpoint.url());
        Duration timeout = endpoint.limits().timeout();
        request.setConfig(times.computeIfAbsent(timeout, HookSender::times));
        request.setHeader(HttpHeaders.USER_AGENT, USER_AGENT);
        endpoint.headers().forEach(request::setHeader);
        request.setHeader("webhook-id", carried.id().toString());
        request.setHeader("webhook-timestamp", Long.toString(now.getEpochSecond()));
        request.setHeader("webhook-signature", HookSigner.signature(endpoint.secrets(), carried.id(), now, body));
        String app = calls.getFirst().app();
        if (app != null) {
            Optional<String> signature = metaSigner.signature(app, body);
            if (signature.isEmpty()) {
                trace.failedHere();
                return new Answer.None(MetaSigner.noSecret(app));
            }
            request.setHeader(MetaSigner.HEADER, signature.get());
        }
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        try (HookSpan span = HookSpan.begin(spans, traceId, endpoint, calls)) {
            request.setHeader(HookSpan.HEADER, span.traceparent());
            return span.answered(inTime(timeout, connections(endpoint), request, now, trace));
        }
    }

    private Answer inTime(
            Duration timeout, Connections connections, HttpPost request, Instant now, ExchangeTrace trace) {
        ScheduledFuture<?> deadline = cancelIn(timeout, request);
        try {
            return exchange(connections, request, now, trace);
        } catch (IOException e) {
            trace.failed(e, request.isCancelled());
            return new Answer.None(request.isCancelled() ? tooLate(timeout) : describe(e, timeout));
        } finally {
            deadline.cancel(false);
        }
    }

    private Answer exchange(Connections connections, HttpPost request, Instant now, ExchangeTrace trace)
            throws IOException {
        ExchangeTrace.Context context = new ExchangeTrace.Context(trace);
        try {
            return answer(connections.keeping(), request, context, now);
        } catch (IOException e) {
            if (!wasKept(context) || e instanceof InterruptedIOException || request.isCancelled()) {
                throw e;
            }
            request.removeHeaders(HttpHeaders.CONTENT_LENGTH); // the client sets it, and refuses one that is there
            request.setHeader(HttpHeaders.CONNECTION, HeaderElements.CLOSE);
            return answer(connections.fresh(), request, new ExchangeTrace.Context(trace), now);
        }
    }

    /// Whether the connection that failed had answered before.
    private static boolean wasKept(HttpClientContext context) {
        EndpointDetails connection = context.getEndpointDetails();
        return connection != null && connection.getResponseCount() > 0;
    }

    private Answer answer(CloseableHttpClient client, HttpPost request, ExchangeTrace.Context context, Instant now)
            throws IOException {
        ClassicHttpResponse response = execute(client, request, context);
        context.trace.answered(response.getCode());
        Answer answer = new Answer.Status(
                response.getCode(),
                retryAfter(response, now),
                request.getEntity().getContentLength());
        letGo(request, response, context.trace);
        return answer;
    }

    private static ClassicHttpResponse execute(
            CloseableHttpClient client, HttpPost request, ExchangeTrace.Context context) throws IOException {
        try {
            return client.executeOpen(new HttpHost(request.getScheme(), request.getAuthority()), request, context);
        } finally {
            EndpointDetails connection = context.getEndpointDetails();
            if (connection != null) {
                context.trace.reached(connection.getRemoteAddress());
            }
        }
    }

    private void letGo(HttpPost request, ClassicHttpResponse response, ExchangeTrace trace) {
        try (response) {
            HttpEntity body = response.getEntity();
            if (body != null && !isHere(body, trace) && !readInTime(request, body, trace)) {
                request.cancel();
            }
        } catch (IOException e) {
            log.debug("hook answer without an end", e);
        }
    }

    /// Whether the rest of the answer came with its head, as that of a short one does, and is read.
    private static boolean isHere(HttpEntity body, ExchangeTrace trace) throws IOException {
        InputStream content = body.getContent();
        long length = body.getContentLength();
        if (length < 0 || length > content.available()) {
            return false;
        }
        byte[] answer = content.readNBytes((int) length + 1); // and its end
        trace.saying(answer);
        return answer.length == length;
    }

    /// Reads what is kept; whether that is all of it, as it must be to use the connection again.
    private boolean readInTime(HttpPost request, HttpEntity body, ExchangeTrace trace) {
        ScheduledFuture<?> deadline = cancelIn(PATIENCE_WITH_BODY, request);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            byte[] part = new byte[1_024];
            InputStream content = body.getContent();
            while (answer.size() < ANSWER_BYTES) {
                int read = content.read(part, 0, Math.min(part.length, ANSWER_BYTES - answer.size()));
                if (read < 0) {
                    return true;
                }
                answer.write(part, 0, read);
            }
            return false;
        } catch (IOException e) {
            return false;
        } finally {
            trace.saying(answer.toByteArray());
            deadline.cancel(false);
        }
    }

    /// Closing a connection may block, so it is not done on the thread that keeps everyone's deadlines.
    private ScheduledFuture<?> cancelIn(Duration time, HttpPost request) {
        return deadlines.schedule(
                () -> Thread.startVirtualThread(request::cancel), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private @Nullable Duration retryAfter(HttpResponse response, Instant now) {
        return RetryAfter.parse(header(response, "Retry-After"), header(response, "Date"), now);
    }

    private static @Nullable String header(HttpResponse response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private static RequestConfig times(Duration timeout) {
        return RequestConfig.custom()
                .setConnectionRequestTimeout(Timeout.of(timeout))
                .setResponseTimeout(Timeout.of(timeout))
                .build();
    }

    private static String tooLate(Duration timeout) {
        return "no answer within " + timeout.toMillis() + " ms";
    }

    private static String describe(IOException e, Duration timeout) {
        if (e instanceof SocketTimeoutException) {
            return e.getMessage() != null && e.getMessage().contains("Connect")
                    ? "cannot connect in time"
                    : tooLate(timeout);
        }
        String message = e.getMessage() == null ? "" : ": " + e.getMessage().replace('\0', ' ');
        return e.getClass().getSimpleName() + (message.length() > 300 ? message.substring(0, 300) : message);
    }

    /// Cuts what is still in flight.
    @Override
    public void close() {
        toAll.close();
        apart.values().forEach(Connections::close);
        deadlines.shutdownNow();
    }
}
