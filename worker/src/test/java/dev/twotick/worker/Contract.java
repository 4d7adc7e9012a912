package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// An OpenAPI 3.1 document, held against what is asked and answered. Its schemas are JSON Schema 2020-12, so the
/// validator of the hook events' schema judges them.
final class Contract {
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");

    private final JsonNode document;
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final SortedSet<String> answered = new TreeSet<>();

    Contract(String yaml) {
        document = new YAMLMapper().readTree(yaml);
    }

    /// Such as `GET /payloads/{id}`.
    SortedSet<String> operations() {
        SortedSet<String> operations = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            METHODS.stream()
                    .filter(path.getValue()::has)
                    .forEach(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
        }
        return operations;
    }

    /// Those of which a success was checked.
    SortedSet<String> answered() {
        return answered;
    }

    /// What is asked is what the document allows; what is answered is what it promises.
    void check(String method, String path, String body, HttpResponse<String> answer) {
        String template = template(method, path.replaceFirst("\\?.*", ""));
        JsonNode operation = document.get("paths").get(template).get(method.toLowerCase(Locale.ROOT));
        if (answer.statusCode() < 400) {
            checkBody(operation, body);
            checkQuery(template, operation, path);
            answered.add(method + " " + template);
        }
        JsonNode responses = operation.get("responses");
        JsonNode response = resolved(responses.path(String.valueOf(answer.statusCode())));
        if (response.isMissingNode()) {
            assertThat(answer.statusCode())
                    .as("%s %s is not said to be answered so", method, path)
                    .isGreaterThanOrEqualTo(400);
            response = resolved(responses.path("default"));
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        JsonNode content = response.path("content").path(type);
        assertThat(content.isMissingNode())
                .as("%s %s answers %s as %s", method, path, answer.statusCode(), type)
                .isFalse();
        if (type.endsWith("json")) {
            fits(content.get("schema"), Program.json(answer.body()), method + " " + path);
        }
    }

    private void checkBody(JsonNode operation, String body) {
        JsonNode content = operation.path("requestBody").path("content");
        if (body.isEmpty()) {
            assertThat(operation.path("requestBody").path("required").asBoolean(false))
                    .as("a body is required")
                    .isFalse();
        } else if (content.has("application/json")) {
            fits(content.get("application/json").get("schema"), Program.json(body), "the body");
        } else {
            JsonNode schema = content.path("application/x-ndjson").path("schema");
            assertThat(schema.isMissingNode()).as("takes a body").isFalse();
            body.lines().forEach(line -> fits(schema, Program.json(line), "a line"));
        }
    }

    private void checkQuery(String template, JsonNode operation, String path) {
        List<String> named = new ArrayList<>();
        for (JsonNode of : List.of(document.get("paths").get(template), operation)) {
            of.path("parameters").forEach(parameter -> {
                JsonNode one = resolved(parameter);
                if (one.get("in").asString().equals("query")) {
                    named.add(one.get("name").asString());
                }
            });
        }
        if (path.indexOf('?') >= 0) {
            for (String pair : path.substring(path.indexOf('?') + 1).split("&", -1)) {
                assertThat(named).as(path).contains(pair.replaceFirst("=.*", ""));
            }
        }
    }

    /// Of those that fit, the one with the fewest variables.
    private String template(String method, String path) {
        return operations().stream()
                .filter(operation -> operation.startsWith(method + " "))
                .map(operation -> operation.substring(method.length() + 1))
                .filter(template -> path.matches(template.replace(".", "\\.").replaceAll("\\{[a-z]+}", "[^/]+")))
                .min(Comparator.comparingLong(
                        template -> template.chars().filter(c -> c == '{').count()))
                .orElseThrow(() -> new AssertionError("not documented: " + method + " " + path));
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asString().substring(1)) : node;
    }

    private void fits(JsonNode schema, JsonNode value, String what) {
        ObjectNode whole = JsonMapper.shared().createObjectNode();
        whole.setAll((ObjectNode) schema);
        whole.set("components", document.get("components"));
        Schema compiled = schemas.getSchema(whole);
        List<Error> faults = compiled.validate(
                value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
        assertThat(faults).as("%s: %s", what, value).isEmpty();
    }
}
