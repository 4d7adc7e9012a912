package dev.twotick.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// The lines for other programs.
final class Json {
    private static final JsonMapper mapper = JsonMapper.builder().build();

    private Json() {}

    static String of(String head, List<Line> lines) {
        return mapper.writerWithDefaultPrettyPrinter()
                .writeValueAsString(Map.of(
                        "machine", head, "lines", lines.stream().map(Json::line).toList()));
    }

    private static Map<String, Object> line(Line line) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("scenario", line.scenario());
        fields.put("what", line.what());
        fields.put("value", finite(line.figure().value()));
        fields.put("unit", line.figure().unit());
        var reference = line.reference();
        if (reference != null) {
            fields.put("reference", reference.name());
            fields.put("reference_value", finite(reference.value()));
            fields.put("ratio", finite(line.ratio()));
        }
        fields.put("asked", Table.asked(line.asked()));
        var reached = line.reached();
        if (reached != null) {
            fields.put("reached", reached);
        }
        if (!line.note().isEmpty()) {
            fields.put("note", line.note());
        }
        return fields;
    }

    /// JSON knows no other numbers.
    private static Object finite(double value) {
        return Double.isFinite(value) ? value : "";
    }
}
