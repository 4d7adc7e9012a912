package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.endtoend.HookReceiver.Call;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From Meta's post to the call of a hook, by the payload's id.
@WithStores
class TraceTest {
    private static final String PROXYS = "0af7651916cd43dd8448eb211c80319c";

    @BeforeEach
    @AfterEach
    void forgetWhoRecords() {
        GlobalOpenTelemetry.resetForTest(); // whoever started in this JVM before was told that nobody does
    }

    @Test
    void theTraceThatAReceiverIsToldFindsThePayloadAtEachAttempt(Stores stores) throws Exception {
        try (Installation twotick = new Installation(stores, 1)) {
            twotick.hook.failNext(1);
            assertThat(twotick.post(body("wamid.OF.A.RETRY"))).isEqualTo(200);
            await().atMost(Duration.ofMinutes(1)).until(() -> !repeated(twotick).isEmpty());
            assertThat(twotick.hook.about("wamid.OF.A.RETRY")).isNotEmpty().allSatisfy(call -> {
                assertThat(call.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
                assertThat(twotick.one("select count(*) from payload where id = ?::uuid", traceId(call)))
                        .isEqualTo(1L);
            });
            List<Call> attempts = repeated(twotick);
            assertThat(attempts).extracting(TraceTest::traceId).containsOnly(traceId(attempts.getFirst()));
            assertThat(attempts).extracting(Call::traceparent).doesNotHaveDuplicates();
        }
    }

    @Test
    void whereSpansAreRecordedTheWayOfAPayloadIsOneTrace(Stores stores) throws Exception {
        InMemorySpanExporter recorded = InMemorySpanExporter.create();
        try (OpenTelemetrySdk _ = OpenTelemetrySdk.builder()
                        .setTracerProvider(SdkTracerProvider.builder()
                                .addSpanProcessor(SimpleSpanProcessor.create(recorded))
                                .build())
                        .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                        .buildAndRegisterGlobal();
                Installation twotick = new Installation(stores, 1)) {
            assertThat(postThroughAProxy(twotick, body("wamid.OF.A.SPAN"))).isEqualTo(200);
            await().until(() -> !twotick.hook.about("wamid.OF.A.SPAN").isEmpty());
            Call call = twotick.hook.about("wamid.OF.A.SPAN").getFirst();
            await().untilAsserted(() ->
                    assertThat(of(call, recorded)).extracting(SpanData::getName).contains("receive", "apply", "hook"));

            List<SpanData> spans = of(call, recorded);
            assertThat(spans)
                    .extracting(SpanData::getParentSpanId)
                    .containsOnly(traceId(call).substring(16));
            assertThat(named("hook", spans))
                    .extracting(SpanData::getSpanId)
                    .contains(call.traceparent().substring(36, 52));
            assertThat(named("receive", spans))
                    .singleElement()
                    .satisfies(receive -> assertThat(receive.getLinks())
                            .singleElement()
                            .satisfies(link -> assertThat(link.getSpanContext().getTraceId())
                                    .isEqualTo(PROXYS)));
        }
    }

    private static byte[] body(String wamid) {
        String change = Bodies.messages("106540352242922", List.of(Bodies.text("16505551234", wamid, "hello")));
        return Bodies.payload(change).getBytes(UTF_8);
    }

    private static int postThroughAProxy(Installation twotick, byte[] body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + twotick.port() + "/webhook"))
                                .header("X-Hub-Signature-256", "sha256=" + Installation.hmac(body))
                                .header("traceparent", "00-" + PROXYS + "-b7ad6b7169203331-01")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /// Calls of the event that was refused once.
    private static List<Call> repeated(Installation twotick) {
        return twotick.hook.calls.stream()
                .filter(call -> twotick.hook.calls.stream()
                                .filter(other -> other.id().equals(call.id()))
                                .count()
                        > 1)
                .toList();
    }

    private static String traceId(Call call) {
        return call.traceparent().substring(3, 35);
    }

    private static List<SpanData> of(Call call, InMemorySpanExporter recorded) {
        return recorded.getFinishedSpanItems().stream()
                .filter(span -> span.getTraceId().equals(traceId(call)))
                .toList();
    }

    private static List<SpanData> named(String name, List<SpanData> spans) {
        return spans.stream().filter(span -> span.getName().equals(name)).toList();
    }
}
