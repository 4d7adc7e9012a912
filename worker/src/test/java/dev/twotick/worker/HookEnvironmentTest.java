package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Several workers, not all with the same environment, and the endpoint that they share.
@WithStores
class HookEnvironmentTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String NEXT_SECRET = "whsec_bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=";

    private final WorkerFixture twotick;
    private final LoggedLines log = new LoggedLines();
    private final List<Receiver> receivers = new ArrayList<>();
    private int messages;

    HookEnvironmentTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
        twotick.db.execute("truncate hook_endpoint cascade");
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        twotick.environment.put("TWOTICK_HOOK_SECRET", SECRET);
        twotick.environment.put("TWOTICK_HOOK_EVENTS", "message.received");
    }

    @AfterEach
    void close() {
        twotick.close();
        receivers.forEach(Receiver::close);
        log.close();
    }

    private Receiver receiver() throws Exception {
        Receiver receiver = new Receiver();
        receivers.add(receiver);
        return receiver;
    }

    private Worker workerWith(String url) throws Exception {
        twotick.environment.put("TWOTICK_HOOK_URL", url);
        return twotick.worker();
    }

    /// A message comes, and its call goes to this receiver and to no other.
    private void callsGoTo(Receiver expected) {
        int before = receivers.stream().mapToInt(each -> each.calls.size()).sum();
        int hers = expected.calls.size();
        twotick.receiveText(messages++, "hello");
        await().untilAsserted(() -> assertThat(expected.calls).hasSize(hers + 1));
        twotick.settle();
        assertThat(receivers.stream().mapToInt(each -> each.calls.size()).sum()).isEqualTo(before + 1);
    }

    private String endpoint(String column) {
        return twotick.text("select " + column + " from hook_endpoint where name = 'environment'");
    }

    @Test
    void aWorkerWithoutAUrlTakesNothingFromTheOthersAndSaysSo() throws Exception {
        Receiver app = receiver();
        workerWith(app.url());
        workerWith("");

        callsGoTo(app);
        assertThat(endpoint("active")).isEqualTo("true");
        assertThat(log.with("TWOTICK_HOOK_URL=none")).hasSize(1);
    }

    @Test
    void rolesThatDoNotDeliverWriteNothing() throws Exception {
        twotick.environment.put("TWOTICK_HOOK_URL", "http://127.0.0.1:9/");
        twotick.worker(Set.of(Worker.Role.CONSUME));
        assertThat(twotick.number("select count(*) from hook_endpoint")).isZero();

        Receiver app = receiver();
        workerWith(app.url());
        twotick.environment.put("TWOTICK_HOOK_URL", "http://127.0.0.1:9/");
        twotick.worker(Set.of(Worker.Role.CONSUME));
        callsGoTo(app);
    }

    @Test
    void what410DisabledStaysSoUntilUrlOrSecretChange() throws Exception {
        Receiver app = receiver();
        Worker first = workerWith(app.answering(410).url());
        twotick.receiveText(messages++, "hello");
        await().untilAsserted(() -> assertThat(endpoint("active")).isEqualTo("false"));
        first.close();
        app.answering(204);

        twotick.environment.put("TWOTICK_HOOK_EVENTS", "message.received,contact.merged");
        Worker second = workerWith(app.url());
        assertThat(endpoint("active")).isEqualTo("false");
        assertThat(endpoint("disabled_reason")).contains("410");
        assertThat(log.with("it answered 410 Gone")).hasSize(1).allMatch(line -> line.contains("TWOTICK_HOOK_SECRET"));
        second.close();

        twotick.environment.put("TWOTICK_HOOK_SECRET", NEXT_SECRET + "," + SECRET);
        workerWith(app.url());
        assertThat(endpoint("active")).isEqualTo("true");
        assertThat(endpoint("disabled_reason")).isEqualTo("null");
        callsGoTo(app);
    }

    @Test
    void noneTakesTheEndpointAwayAndTheUrlBringsItBack() throws Exception {
        Receiver app = receiver();
        workerWith(app.url()).close();
        Worker without = workerWith("none");
        assertThat(endpoint("active")).isEqualTo("false");
        without.close();

        workerWith("").close();
        assertThat(endpoint("active")).isEqualTo("false");

        workerWith(app.url());
        callsGoTo(app);
    }

    /// A rolling change: the new URL holds from its first worker on, and an old worker that is started again in the
    /// middle of it does not bring back its own.
    @Test
    void ofTwoUrlsTheNewOneHoldsWhileAWorkerLivesThatHasIt() throws Exception {
        Receiver before = receiver();
        Receiver after = receiver();
        Worker old = workerWith(before.url());
        callsGoTo(before);
        Worker first = workerWith(after.url());
        assertThat(endpoint("url")).isEqualTo(after.url());
        old.close();
        Worker straggler = workerWith(before.url());
        assertThat(endpoint("url")).isEqualTo(after.url());
        assertThat(log.with("TWOTICK_HOOK_NAME")).hasSize(1);
        straggler.close();
        callsGoTo(after);

        // and back: the last one that has the new one ends, and the next start brings the old one
        first.close();
        workerWith(before.url());
        callsGoTo(before);
    }

    @Test
    void aWorkerThatStopsDoesNotSpeakForTheOneThatStays() throws Exception {
        Receiver before = receiver();
        Receiver after = receiver();
        workerWith(before.url()).close();
        Worker first = workerWith(after.url());
        workerWith(after.url());

        first.close();
        workerWith(before.url());

        assertThat(endpoint("url")).isEqualTo(after.url());
        callsGoTo(after);
    }

    @Test
    void underNamesOfTheirOwnBothAreCalled() throws Exception {
        Receiver crm = receiver();
        Receiver shop = receiver();
        workerWith(crm.url());
        twotick.environment.put("TWOTICK_HOOK_NAME", "shop");
        workerWith(shop.url());

        twotick.receiveText(messages++, "hello");

        await().untilAsserted(() ->
                assertThat(List.of(crm.calls.size(), shop.calls.size())).containsOnly(1));
    }

    @Test
    void everyChangeIsALineWithTheHostAndNeverASecret() throws Exception {
        workerWith("https://old.example/hook?token=t0ken").close();
        workerWith("https://old.example/hook?token=t0ken").close();
        workerWith("https://new.example/hook").close();
        twotick.environment.put("TWOTICK_HOOK_SECRET", NEXT_SECRET + "," + SECRET);
        workerWith("https://new.example/hook").close();
        twotick.environment.put("TWOTICK_HOOK_EVENTS", "*");
        workerWith("https://new.example/hook").close();
        workerWith("none").close();

        assertThat(log.with("hook endpoint set"))
                .containsExactly(
                        "hook endpoint set endpoint=environment host=old.example change=\"added\"",
                        "hook endpoint set endpoint=environment host=new.example change=\"host, was old.example\"",
                        "hook endpoint set endpoint=environment host=new.example change=\"secret\"",
                        "hook endpoint set endpoint=environment host=new.example change=\"events\"",
                        "hook endpoint set endpoint=environment host=new.example change=\"taken away\"");
        assertThat(log.with("t0ken")).isEmpty();
        assertThat(log.with("whsec_")).isEmpty();
    }

    @Test
    void aWorkerThatDoesNotDeliverHasNothingOfIt() throws Exception {
        long before = senderThreads();
        twotick.worker(Set.of(Worker.Role.CONSUME)).close();
        assertThat(senderThreads()).isLessThanOrEqualTo(before); // others may still be ending
        new Worker(WorkerSettings.read(twotick.environment), Set.of()).close();
        assertThat(senderThreads()).isLessThanOrEqualTo(before); // others may still be ending
    }

    private static long senderThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && thread.getName().matches("idle-connection-evictor.*|hook-.*"))
                .count();
    }
}
