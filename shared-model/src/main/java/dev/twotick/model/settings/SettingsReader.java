package dev.twotick.model.settings;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads settings from the environment and remembers every bad one, so that [#finish] can name them all at once.
/// `NAME_FILE` names a file that holds the value (container secrets). Empty means unset, except for a secret.
public final class SettingsReader {
    private final Map<String, String> environment;
    private final Set<String> problems = new LinkedHashSet<>(); // a name may be read twice
    private final Map<String, Setting> known = new LinkedHashMap<>();

    public SettingsReader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    Map<String, String> environment() {
        return environment;
    }

    /// What docs/configuration.md says of a setting, beside the code that reads it: `ConfigurationTest` wants it.
    ///
    /// @param words what it does, in Markdown, with links from the folder docs
    public void about(Setting.Section section, String name, String words) {
        about(section, name, "", words);
    }

    /// Likewise, of one whose default depends on the machine.
    public void about(Setting.Section section, String name, String unlessSet, String words) {
        known.merge(name, Setting.unread(name).told(new Setting.Told(section, unlessSet, words)), Setting::and);
    }

    /// All that was asked for so far.
    public List<Setting> known() {
        return List.copyOf(known.values());
    }

    private void read(String name, String unlessSet, boolean required, String form, boolean secret) {
        known.merge(name, Setting.unread(name).read(unlessSet, required, form, secret), Setting::and);
    }

    public Optional<String> text(String name) {
        read(name, "", false, "", false);
        return Optional.ofNullable(value(name)).filter(value -> !value.isBlank());
    }

    public String text(String name, String unlessSet) {
        read(name, unlessSet, false, "", false);
        return text(name).orElse(unlessSet);
    }

    /// Text without which nothing works.
    ///
    /// @param purpose completes "is not set: it …"
    public String required(String name, String purpose) {
        read(name, "", true, "", false);
        return text(name).orElseGet(() -> {
            problem(name, "is not set: it " + purpose);
            return "";
        });
    }

    /// A secret or token: unset is allowed here, set to nothing is not.
    public Optional<String> secret(String name) {
        read(name, "", false, "", true);
        String value = value(name);
        if (value != null && value.isBlank()) {
            problem(name, "is set to nothing; give it a value or remove it");
            return Optional.empty();
        }
        return Optional.ofNullable(value);
    }

    /// A secret or token without which the door would stand open.
    public String requiredSecret(String name, String purpose) {
        read(name, "", true, "", true);
        int before = problems.size();
        return secret(name).orElseGet(() -> {
            if (problems.size() == before) {
                problem(name, "is not set: it " + purpose);
            }
            return "";
        });
    }

    public int integer(String name, int unlessSet, int least, int greatest) {
        return parse(name, unlessSet, "a whole number from " + least + " to " + greatest, text -> {
            int number = Integer.parseInt(text.strip());
            if (number < least || number > greatest) {
                throw new IllegalArgumentException();
            }
            return number;
        });
    }

    /// One of a few words.
    public String oneOf(String name, String unlessSet, List<String> words) {
        return parse(name, unlessSet, "one of " + String.join(", ", words), text -> {
            if (!words.contains(text)) {
                throw new IllegalArgumentException();
            }
            return text;
        });
    }

    /// `TWOTICK_LOG_FORMAT` and `TWOTICK_LOG_LEVEL`, which Logback reads by itself, and would misread in silence.
    public void judgeLogging() {
        about(Setting.Section.LOGS, "TWOTICK_LOG_FORMAT", "one JSON object a line, or lines for people");
        about(Setting.Section.LOGS, "TWOTICK_LOG_LEVEL", "of Twotick's own lines");
        oneOf("TWOTICK_LOG_FORMAT", "json", List.of("json", "plain"));
        oneOf("TWOTICK_LOG_LEVEL", "INFO", List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE"));
    }

    /// A length of time within a range: `48h`, `30m`, `10s`, `7d`, or ISO-8601 (`PT0.5S`).
    public Duration duration(String name, Duration unlessSet, Duration least, Duration greatest) {
        String form = "a length of time from " + text(least) + " to " + text(greatest) + ", written 48h, 30m or 10s";
        return parse(name, unlessSet, form, text -> {
            Duration duration = parseDuration(text);
            if (duration.compareTo(least) < 0 || duration.compareTo(greatest) > 0) {
                throw new IllegalArgumentException();
            }
            return duration;
        });
    }

    /// As it would be written here.
    private static String text(Duration duration) {
        if (duration.toMillisPart() > 0) {
            return duration.toString();
        }
        long seconds = duration.toSeconds();
        for (ChronoUnit unit : List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES)) {
            long length = unit.getDuration().toSeconds();
            if (seconds > 0 && seconds % length == 0) {
                return seconds / length + unit.name().substring(0, 1).toLowerCase(Locale.ROOT);
            }
        }
        return seconds + "s";
    }

    /// Any other form.
    ///
    /// @param form completes "is not …"; the value itself is never repeated, it may be a secret
    /// @param parser throws [IllegalArgumentException] when the value is not of that form
    public <T> T parse(String name, T unlessSet, String form, Function<String, T> parser) {
        read(name, written(unlessSet), false, form, false);
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return unlessSet;
        }
        try {
            return parser.apply(text.get());
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            problem(name, "is not " + form);
            return unlessSet;
        }
    }

    /// What is neither text nor a number has no form of its own: a default of that kind stands for nothing.
    private static String written(Object unlessSet) {
        return switch (unlessSet) {
            case String text -> text;
            case Integer number -> number.toString();
            case Duration duration -> text(duration);
            case List<?> list -> list.stream().map(String::valueOf).collect(joining(","));
            default -> "";
        };
    }

    /// Notes a bad setting that only the caller could see.
    public void problem(String name, String whatAndWhatToDo) {
        problems.add(name + " " + whatAndWhatToDo);
    }

    /// What was noted so far.
    List<String> problems() {
        return List.copyOf(problems);
    }

    /// Call last, before anything is opened.
    ///
    /// @throws BadSettings when any setting was bad; it names all of them
    public void finish() {
        if (!problems.isEmpty()) {
            throw new BadSettings(List.copyOf(problems));
        }
    }

    private @Nullable String value(String name) {
        String file = environment.getOrDefault(name + "_FILE", "");
        String direct = environment.get(name);
        if (file.isBlank()) {
            return direct;
        }
        if (direct != null && !direct.isEmpty()) {
            problem(name, "is set twice, also by " + name + "_FILE; keep one of them");
            return direct;
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException | InvalidPathException e) {
            problem(
                    name + "_FILE",
                    "names a file that cannot be read (" + e.getClass().getSimpleName() + "): " + file);
            return null;
        }
    }

    /// `90s`, `15m`, `2h`, `7d`, or as ISO 8601 has it.
    ///
    /// @throws java.time.DateTimeException when it is neither
    public static Duration parseDuration(String text) {
        String stripped = text.strip();
        return Duration.parse(
                stripped.matches("\\d{1,9}[smhd]") ? (stripped.endsWith("d") ? "P" : "PT") + stripped : stripped);
    }
}
