package dev.twotick.endtoend;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.ingest.IngestSettings;
import dev.twotick.model.settings.Setting;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/configuration.md against what the processes read. `-Dtwotick.generate=true` writes its tables anew.
class ConfigurationTest {
    private static final Path PROJECT = Path.of("../..");
    private static final Path PAGE = PROJECT.resolve("docs/configuration.md");
    private static final String BEGIN =
            "<!-- generated from here: ./twotick retest -Dtest=ConfigurationTest -Dtwotick.generate=true -->\n";
    private static final String END = "<!-- generated to here -->";
    private static final Pattern NAME = Pattern.compile("\\bTWOTICK_[A-Z][A-Z_]*[A-Z]\\b");
    /// With it, all is read that is read only where something else is set.
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "TWOTICK_APP_SECRETS", "shop=secret",
            "TWOTICK_VERIFY_TOKEN", "token",
            "TWOTICK_DATABASE_URL", "postgres://localhost:5432/twotick",
            "TWOTICK_REDIS_URL", "redis://localhost:6379",
            "TWOTICK_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "TWOTICK_HOOK_URL", "https://hook.example/",
            "TWOTICK_HOOK_SECRET", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "TWOTICK_ALERT_URL", "https://alerts.example/");

    private final Map<String, Setting> ingest = read(IngestSettings::read);
    private final Map<String, Setting> worker = read(WorkerSettings::read);

    private static Map<String, Setting> read(Consumer<SettingsReader> process) {
        SettingsReader reader = new SettingsReader(ENVIRONMENT);
        process.accept(reader);
        Map<String, Setting> known = new LinkedHashMap<>();
        reader.known().forEach(setting -> known.put(setting.name(), setting));
        return known;
    }

    private Map<String, Setting> both() {
        Map<String, Setting> both = new LinkedHashMap<>(ingest);
        worker.forEach((name, setting) -> both.merge(name, setting, Setting::and));
        return both;
    }

    @Test
    void everySettingIsDescribedWhereItIsRead() {
        assertThat(both().values())
                .as("settings.about(section, name, what it does) stands beside the code that reads it")
                .allSatisfy(setting -> assertThat(setting.told()).isNotNull());
    }

    @Test
    void thePageSaysWhatTheProcessesRead() throws Exception {
        Map<Section, List<Setting>> bySection = both().values().stream()
                .collect(groupingBy(setting -> setting.told().section()));
        String tables = Stream.of(Section.values())
                .map(section -> "\n## " + section.title() + "\n\n"
                        + "| variable | of | default | form | what it does |\n| --- | --- | --- | --- | --- |\n"
                        + bySection.getOrDefault(section, List.of()).stream()
                                .map(setting -> row(setting) + "\n")
                                .collect(joining()))
                .collect(joining());
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        if (Boolean.getBoolean("twotick.generate")) {
            Files.writeString(PAGE, page.substring(0, begin) + tables + "\n" + page.substring(end));
        } else {
            assertThat(page.substring(begin, end)).isEqualTo(tables + "\n");
        }
    }

    private String row(Setting setting) {
        boolean ofIngest = ingest.containsKey(setting.name());
        boolean ofWorker = worker.containsKey(setting.name());
        String unlessSet = setting.told().unlessSet();
        if (unlessSet.isEmpty() && setting.required()) {
            boolean everywhere = Stream.of(ingest, worker)
                    .map(process -> process.get(setting.name()))
                    .allMatch(one -> one == null || one.required());
            unlessSet = everywhere ? "must be set" : "`ingest` must have it";
        } else if (unlessSet.isEmpty() && !setting.unlessSet().isEmpty()) {
            unlessSet = "`" + setting.unlessSet() + "`";
        }
        String form = Stream.of(setting.secret() ? "secret" : "", setting.form())
                .filter(word -> !word.isEmpty())
                .collect(joining("; "));
        return "| `" + setting.name() + "` | " + (ofIngest ? ofWorker ? "both" : "ingest" : "worker") + " | "
                + unlessSet + " | " + form + " | " + setting.told().words() + " |";
    }

    /// Also of what no process reads, but compose, the images or the script.
    @Test
    void thePageAndTheExampleNameEveryVariableThatThereIs() throws Exception {
        Set<String> used = new TreeSet<>(both().keySet());
        for (String file : List.of("compose.yaml", "Dockerfile", "twotick", ".env.example")) {
            used.addAll(names(PROJECT.resolve(file)));
        }
        used.removeIf(name -> name.endsWith("_FILE"));
        assertThat(names(PAGE)).containsAll(used);
        Set<String> example = names(PROJECT.resolve(".env.example"));
        assertThat(example).containsAll(used);
    }

    private static Set<String> names(Path file) throws IOException {
        return NAME.matcher(Files.readString(file))
                .results()
                .map(MatchResult::group)
                .collect(toCollection(TreeSet::new));
    }
}
