package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Installed;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.InstalledReceiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Receivers of Meta's own webhook in `examples/receivers/meta`, none of which knows of Twotick, behind endpoints of
/// the format `meta`: what each hands to its application. What `examples/receivers/install` has not brought is named
/// and left out; `-Dtwotick.languages=all` insists, on Rust where there is a cargo.
@WithStores
class MetaReceiversTest {
    private static final String RECEIVERS = "meta";
    private static final String RUST = "rust/target/debug/receiver";
    private static final String SECRET = "the app's secret";
    private static final String ODD = "wamid.A3";

    private final WorkerFixture twotick;
    private int batch;

    @TempDir
    Path folder;

    MetaReceiversTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        twotick.environment.put("TWOTICK_APP_SECRETS", "app=" + SECRET);
    }

    @AfterEach
    void close() {
        twotick.close();
    }

    /// How many of a batch's eight messages the application gets: of usual ones, and where one is of a type that nobody
    /// has heard of, and of somebody without a number; as Meta sent it, and with one item a call.
    record Gets(int whole, int items, int wholeWithOneOdd, int itemsWithOneOdd) {}

    static Stream<Arguments> receivers() {
        return Stream.of(
                node("@kapso/whatsapp-cloud-api", new Gets(8, 8, 8, 8)),
                node("whatsapp-api-js", new Gets(1, 8, 1, 8)),
                node("@great-detail/whatsapp", new Gets(8, 8, 8, 8)),
                node("whatsapp-business", new Gets(8, 8, 8, 8)),
                python("pywa", new Gets(1, 8, 1, 8)),
                python("whatsapp-cloud-api-py", new Gets(8, 8, 8, 8)),
                python("whatsapp-client", new Gets(8, 8, 0, 7)),
                python("heyoo", new Gets(1, 8, 1, 7)),
                Arguments.of("whatsapp-business-rs", RUST, List.of(RUST), new Gets(8, 8, 0, 7)));
    }

    private static Arguments node(String library, Gets gets) {
        return Arguments.of(library, "node/node_modules", List.of("node", "node/receiver.js", library), gets);
    }

    private static Arguments python(String library, Gets gets) {
        return Arguments.of(
                library, "python/.venv", List.of("python/.venv/bin/python", "python/receiver.py", library), gets);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("receivers")
    void aReceiverOfMetasGetsWhatItCanTakeAndOneItemACallAllOfIt(
            String library, String needs, List<String> command, Gets gets) throws Exception {
        InstalledReceiver.require(library, RECEIVERS, needs, command.getFirst(), canBe(needs));
        try (var receiver =
                new InstalledReceiver(RECEIVERS, command, Map.of("APP_SECRET", SECRET), folder.resolve("log"))) {
            int port = receiver.port;
            twotick.worker();
            assertThat(new Gets(
                            got(port, false, false, gets.whole()),
                            got(port, true, false, gets.items()),
                            got(port, false, true, gets.wholeWithOneOdd()),
                            got(port, true, true, gets.itemsWithOneOdd())))
                    .as("%s: %s", library, twotick.db.fetch("select outcome, status_code, error from hook_attempt"))
                    .isEqualTo(gets);
        }
    }

    private static boolean canBe(String needs) {
        return !needs.equals(RUST) || Installed.program("cargo").isPresent();
    }

    /// Posts eight messages, and says how many of them came, when as many have come as are expected.
    private long gotOf(String prefix) throws IOException {
        return Files.readAllLines(folder.resolve("log")).stream()
                .filter(line -> line.startsWith("got " + prefix))
                .distinct()
                .count();
    }

    private int got(int port, boolean oneItem, boolean withOneOdd, int expected) throws IOException {
        twotick.db.execute("truncate hook_endpoint, hook_delivery, hook_attempt");
        List<String> line = new ArrayList<>(
                List.of("endpoint", "add", "bot", "http://127.0.0.1:" + port + "/webhook", "--format", "meta"));
        if (oneItem) {
            line.add("--one-item");
        }
        Command.Said said = Command.run(twotick.environment, line.toArray(String[]::new));
        assertThat(said.code()).as("%s", said).isZero();
        String prefix = "wamid." + ++batch;
        twotick.receive(eight(withOneOdd).replace("wamid.", prefix).getBytes(UTF_8));
        twotick.settle();
        int calls = oneItem ? 8 : 1;
        await().untilAsserted(() -> assertThat(twotick.number("select count(distinct event_id) from hook_attempt"))
                .isEqualTo(calls));
        await().untilAsserted(() -> assertThat(gotOf(prefix)).isGreaterThanOrEqualTo(expected));
        return (int) gotOf(prefix);
    }

    /// Two entries of two changes of two messages, to four numbers, as Meta writes them since people have user ids.
    private static String eight(boolean withOneOdd) {
        String entries = Stream.of(List.of(1, 2), List.of(3, 4))
                .map(numbers -> numbers.stream()
                        .map(MetaReceiversTest::change)
                        .collect(Collectors.joining(
                                ",", "{\"id\":\"10229012933939" + numbers.getFirst() + "\",\"changes\":[", "]}")))
                .collect(Collectors.joining(","));
        String usual = "{\"object\":\"whatsapp_business_account\",\"entry\":[" + entries + "]}";
        return withOneOdd
                ? usual.replace("\"from\":\"16505550003\",", "")
                        .replace("\"wa_id\":\"16505550003\",", "")
                        .replace(
                                "\"id\":\"" + ODD + "\",\"timestamp\":\"1795000001\",\"type\":\"text\"",
                                "\"id\":\"" + ODD + "\",\"timestamp\":\"1795000001\",\"type\":\"unheard_of\"")
                : usual;
    }

    private static String change(int number) {
        return MetaBodies.change(
                "10000000000000" + number,
                List.of(contact("0", number), contact("1", number)),
                "messages",
                List.of(message("A", "0", number), message("B", "1", number)));
    }

    private static String contact(String person, int number) {
        return "{\"profile\":{\"name\":\"J\\u00fcrgen\"},\"wa_id\":\"1650555%s00%d\",\"user_id\":\"US.9%s00%d\"}"
                .formatted(person, number, person, number);
    }

    private static String message(String name, String person, int number) {
        return ("{\"from\":\"1650555%s00%d\",\"from_user_id\":\"US.9%s00%d\",\"id\":\"wamid.%s%d\","
                        + "\"timestamp\":\"1795000001\",\"type\":\"text\",\"text\":{\"body\":\"Gr\\u00fc\\u00dfe \\/\"}}")
                .formatted(person, number, person, number, name, number);
    }
}
