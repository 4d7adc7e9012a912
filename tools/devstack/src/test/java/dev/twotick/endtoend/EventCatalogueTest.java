package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.change;
import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.status;
import static dev.twotick.endtoend.Bodies.statuses;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.WorkerCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// docs/hooks.md and docs/hook-events.schema.json against what is really sent: our samples, a larger collection where
/// the machine has one, and what no payload raises. `-Dtwotick.generate=true` writes both anew.
@WithStores
class EventCatalogueTest {
    private static final Path PROJECT = Path.of("../..");
    private static final Path PAGE = PROJECT.resolve("docs/hooks.md");
    private static final Path SCHEMA = PROJECT.resolve("docs/hook-events.schema.json");
    private static final Path SAMPLES = Path.of("src/main/resources/samples");
    private static final Path COLLECTION = Path.of(System.getProperty("twotick.payloads", "../../../shared/payloads"));
    private static final String BEGIN =
            "<!-- generated from here: ./twotick retest -Dtest=EventCatalogueTest" + " -Dtwotick.generate=true -->\n";
    private static final String END = "<!-- generated to here -->";
    /// An endpoint's own troubles are told to others only: DeliveryLoopTest and its neighbours raise them.
    private static final Set<String> NOT_RAISED =
            Set.of("endpoint.failing", "endpoint.refusing", "endpoint.recovered", "endpoint.disabled", "endpoint.test");
    /// Members that no body at hand has.
    private static final Set<String> UNSEEN = Set.of("recipient_parent_user_id");

    private static EventCatalogue catalogue;
    private static List<JsonNode> events;
    private static List<JsonNode> batches;
    private static Map<String, JsonNode> examples;

    @BeforeAll
    static void raiseEverything(Stores stores) throws Exception {
        catalogue = EventCatalogue.parse(Files.readString(Path.of("src/test/resources/hook-events.txt")));
        try (Installation twotick = new Installation(stores, 1);
                HookReceiver ofBatches = new HookReceiver()) {
            await().until(() -> twotick.db.execute(
                            "insert into hook_endpoint (name, url, secret, batch)"
                                    + " select 'batches', ?, secret, 100 from hook_endpoint",
                            ofBatches.url())
                    == 1);
            post(twotick, SAMPLES);
            twotick.settle();
            raiseTheRest(twotick);
            deliverAll(twotick);
            examples = Boolean.getBoolean("twotick.generate") ? examples(twotick.hook.calls) : writtenExamples();
            catalogue
                    .types()
                    .forEach((type, declared) ->
                            declared.example().forEach(example -> examples.putIfAbsent(type, example)));
            if (Files.isDirectory(COLLECTION)) {
                post(twotick, COLLECTION);
            }
            twotick.settle();
            deliverAll(twotick);
            events = twotick.hook.calls.stream()
                    .map(call -> JsonMapper.shared().readTree(call.body()))
                    .toList();
            batches = ofBatches.calls.stream()
                    .map(call -> JsonMapper.shared().readTree(call.body()))
                    .toList();
            assertThat(Stream.concat(twotick.hook.calls.stream(), ofBatches.calls.stream()))
                    .allSatisfy(call -> assertThat(call.verified()).isTrue());
        }
        System.out.println(events.size() + " events of " + examples.size() + " types");
    }

    @Test
    void everyEventFitsItsSchema() {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Schema schema = registry.getSchema(catalogue.schema(examples));
        List<String> faults = new ArrayList<>();
        assertThat(batches).anyMatch(batch -> batch.path("data").size() > 1);
        for (JsonNode event : Stream.concat(events.stream(), batches.stream()).toList()) {
            schema.validate(event, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                    .forEach(fault -> faults.add(event.path("type").asString() + ": " + fault));
        }
        assertThat(faults.stream().distinct().limit(20)).isEmpty();
    }

    @Test
    void whatABatchHoldsIsWhatIsSentByItselfAndItsId() {
        assertThat(batches.stream()
                        .flatMap(batch -> batch.path("data").valueStream().map(event -> {
                            ObjectNode alone = (ObjectNode) event.deepCopy();
                            alone.remove("id");
                            return alone.toString();
                        })))
                .containsAll(events.stream().map(JsonNode::toString).toList());
    }

    @Test
    void everyTypeHasAnExampleThatFitsItsSchema() {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Schema schema = registry.getSchema(catalogue.schema(examples));
        assertThat(examples.keySet())
                .containsExactlyInAnyOrderElementsOf(catalogue.types().keySet());
        examples.forEach((type, example) -> {
            assertThat(example.path("type").asString()).isEqualTo(type);
            assertThat(schema.validate(example)).as(type).isEmpty();
            assertThat(catalogue.members(type).keySet())
                    .as(type)
                    .containsAll(example.path("data").propertyNames());
        });
    }

    @Test
    void everyTypeAndMemberIsDeclaredAndEveryDeclaredOneIsSent() {
        Map<String, Set<String>> sent = new TreeMap<>();
        for (JsonNode event : events) {
            sent.computeIfAbsent(event.path("type").asString(), _ -> new TreeSet<>())
                    .addAll(event.path("data").propertyNames());
        }
        assertThat(catalogue.types().keySet()).containsAll(sent.keySet());
        Set<String> raised = new TreeSet<>(catalogue.types().keySet());
        raised.removeAll(NOT_RAISED);
        assertThat(sent.keySet()).containsAll(raised);
        sent.forEach((type, members) ->
                assertThat(catalogue.members(type).keySet()).as(type).containsAll(members));

        Set<String> declared = new HashSet<>();
        raised.forEach(type -> declared.addAll(catalogue.members(type).keySet()));
        sent.values().forEach(declared::removeAll);
        if (Files.isDirectory(COLLECTION)) {
            assertThat(declared).as("declared and never sent").isEqualTo(UNSEEN);
        }
    }

    @Test
    void whatIsWrittenIsWhatIsDeclared() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        assertThat(begin).isNotNegative();
        String generated =
                page.substring(0, begin) + BEGIN + "\n" + catalogue.page(examples) + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("twotick.generate")) {
            Files.writeString(PAGE, generated);
            Files.writeString(SCHEMA, catalogue.schema(examples));
        }
        assertThat(Files.readString(PAGE)).isEqualTo(generated);
        assertThat(Files.readString(SCHEMA)).isEqualTo(catalogue.schema(examples));
    }

    // ---- raising them

    private static void post(Installation twotick, Path folder) throws Exception {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                assertThat(twotick.post(Files.readAllBytes(file)))
                        .as("%s", file)
                        .isEqualTo(200);
            }
        }
    }

    private static void raiseTheRest(Installation twotick) throws Exception {
        twotick.post(payload(statuses("7001", List.of(status("wamid.Odd", "warning", 0)))));
        twotick.post(payload(statuses(
                "7001",
                List.of(status("wamid.Camp", "sent", 0)
                        .replace("}", ",\"biz_opaque_callback_data\":\"campaign:spring\"}")))));
        twotick.post("not what Meta sends");
        twotick.post(payload(messages("7002", List.of(text("15550007001", "wamid.N1", "the number alone")))));
        twotick.settle();
        String byId =
                "{\"from_user_id\":\"US.7001\",\"id\":\"wamid.N2\",\"timestamp\":\"1795000001\",\"type\":\"text\","
                        + "\"text\":{\"body\":\"the id alone\"}}";
        twotick.post(payload(messages("7002", List.of(byId))));
        twotick.settle();
        String both = byId.replace("{\"from_user_id\"", "{\"from\":\"15550007001\",\"from_user_id\"")
                .replace("wamid.N2", "wamid.N3")
                .replace("1795000001", "1795000002");
        twotick.post(payload(change(
                "7002",
                "\"contacts\":[{\"wa_id\":\"15550007001\",\"user_id\":\"US.7001\",\"profile\":{\"name\":\"Grace\"}}],"
                        + "\"messages\":[" + both + "]")));
        twotick.settle();
        assertThat(WorkerCommand.run(twotick.environment, "--campaign", "spring", "--account", "7001", "--seal"))
                .isZero();
        await().until(() ->
                twotick.hook.calls.stream().anyMatch(call -> call.type().equals("campaign.completed")));
    }

    private static void deliverAll(Installation twotick) {
        await().until(() -> twotick.one("select count(*) from hook_delivery").equals(0L));
    }

    /// Which of several events is shown, and what it found, depends on the batches; so they are written only when
    /// asked.
    private static Map<String, JsonNode> writtenExamples() throws IOException {
        Map<String, JsonNode> examples = new TreeMap<>();
        JsonMapper.shared()
                .readTree(Files.readString(SCHEMA))
                .path("$defs")
                .properties()
                .forEach(definition -> {
                    JsonNode example = definition.getValue().path("examples").path(0);
                    if (!example.isMissingNode()) {
                        examples.put(definition.getKey(), example);
                    }
                });
        return examples;
    }

    /// The first of each type, by name of what it is about, with what differs from run to run put in one's place.
    private static Map<String, JsonNode> examples(List<HookReceiver.Call> calls) {
        Map<String, JsonNode> examples = new TreeMap<>();
        calls.stream()
                .map(call -> settled(JsonMapper.shared().readTree(call.body())))
                .sorted((one, other) -> one.toString().compareTo(other.toString()))
                .forEach(event -> examples.putIfAbsent(event.path("type").asString(), event));
        return examples;
    }

    private static JsonNode settled(JsonNode event) {
        ObjectNode data = (ObjectNode) event.path("data");
        JsonNode occurred = data.path("occurred_at");
        ((ObjectNode) event).put("timestamp", occurred.isMissingNode() ? "2026-11-01T00:12:00Z" : occurred.asString());
        replace(data, "payload_id", "019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f");
        for (String number : List.of("delay_s", "conversation_id", "business")) {
            if (data.has(number)) {
                data.put(number, 1);
            }
        }
        return event;
    }

    private static void replace(ObjectNode data, String name, String value) {
        if (data.has(name)) {
            data.put(name, value);
        }
    }
}
