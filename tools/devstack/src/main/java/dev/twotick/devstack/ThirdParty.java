package dev.twotick.devstack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `third-party`: writes what the licences of a process' libraries want to be told along with it. The image's build
/// runs
/// it. It ends in an error rather than leave a library out: `licences.txt` beside it has the texts of those whose jars
/// bring none.
@Command(
        name = "third-party",
        mixinStandardHelpOptions = true,
        description = "Prints names, licences, notices and licence texts of the libraries that ship with a process.")
final class ThirdParty implements Callable<Integer> {
    /// A line that Maven's license plugin writes: `(MIT) (…) Jedis (redis.clients:jedis:8.0.2 - https://…)`.
    private static final Pattern LISTED = Pattern.compile(" +(\\(.+\\)) .* \\([^:]+:([^:]+):([^ ]+) - [^ ]*\\)");

    private static final Pattern TEXT =
            Pattern.compile("META-INF/(LICENSE|NOTICE)(\\.txt|\\.md)?|META-INF/licenses/.+");
    /// Their whole texts are there once, brought by others, and they want nothing else to be told.
    private static final Pattern TOLD_BY_OTHERS = Pattern.compile("\\((Apache-2\\.0|EPL-2\\.0)\\)");

    @Parameters(index = "0", paramLabel = "LIST", description = "target/THIRD-PARTY.txt of the process")
    private Path list = Path.of("");

    @Parameters(index = "1", paramLabel = "LIB", description = "the folder of its libraries")
    private Path lib = Path.of("");

    @Override
    public Integer call() throws IOException {
        System.out.print(text(list, lib));
        return 0;
    }

    static String text(Path list, Path lib) throws IOException {
        var lines = Files.readAllLines(list).stream()
                .filter(line -> !line.isBlank())
                .skip(1)
                .toList();
        var ours = ours();
        var texts = new LinkedHashMap<String, Set<String>>();
        for (var line : lines) {
            var listed = LISTED.matcher(line);
            if (!listed.matches()) {
                throw new StackFailure("not understood in " + list + ": " + line);
            }
            var jar = lib.resolve(listed.group(2) + "-" + listed.group(3) + ".jar");
            var brought = textsOf(jar);
            brought.forEach(text -> texts.computeIfAbsent(text, any -> new TreeSet<>())
                    .add(jar.getFileName().toString()));
            if (brought.isEmpty()
                    && !TOLD_BY_OTHERS.matcher(listed.group(1)).find()
                    && !ours.contains(listed.group(2))) {
                throw new StackFailure(jar.getFileName() + " has no licence text in it, and is " + listed.group(1)
                        + ": add its text to tools/devstack/src/main/resources/dev/twotick/devstack/licences.txt");
            }
        }
        requireListed(lib, lines);
        return lines.stream().map(String::strip).sorted().collect(Collectors.joining("\n", HEAD, "\n"))
                + texts.entrySet().stream()
                        .map(text -> "\n==== in " + String.join(", ", text.getValue()) + "\n\n" + text.getKey() + "\n")
                        .collect(Collectors.joining())
                + "\n" + added();
    }

    private static final String HEAD = """
            What ships with Twotick, unchanged as its authors published it, each under its own licence; where a line names
            several, Twotick takes the first. The source code of each is at its address, and on Maven Central as -sources.jar.
            Notices and texts of licences follow the list.

            """;

    /// A jar that the list has not is one that nobody judged.
    private static void requireListed(Path lib, List<String> lines) throws IOException {
        var missing = new ArrayList<String>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "*.jar")) {
            for (var jar : jars) {
                var name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
                if (!isTwoticks(jar)
                        && lines.stream()
                                .noneMatch(line -> line.replace(':', '-').contains("-" + name + " - "))) {
                    missing.add(name);
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new StackFailure("in " + lib + ", but not in the list of licences: " + String.join(", ", missing));
        }
    }

    private static boolean isTwoticks(Path jar) throws IOException {
        try (var file = new JarFile(jar.toFile())) {
            return file.stream().anyMatch(entry -> entry.getName().startsWith("META-INF/maven/dev.twotick/"));
        }
    }

    private static List<String> textsOf(Path jar) throws IOException {
        var texts = new ArrayList<String>();
        try (var file = new JarFile(jar.toFile())) {
            for (var entry : file.stream()
                    .filter(entry -> TEXT.matcher(entry.getName()).matches())
                    .toList()) {
                if (!entry.isDirectory()) {
                    try (var text = file.getInputStream(entry)) {
                        texts.add(new String(text.readAllBytes(), UTF_8).strip());
                    }
                }
            }
        }
        return texts;
    }

    /// The names in the headings of `licences.txt`.
    private static Set<String> ours() throws IOException {
        return added().lines()
                .filter(line -> line.startsWith("==== "))
                .flatMap(line -> Arrays.stream(line.substring(5).split("[, ]+", -1)))
                .collect(Collectors.toSet());
    }

    private static String added() throws IOException {
        try (var text = Objects.requireNonNull(ThirdParty.class.getResourceAsStream("licences.txt"))) {
            return new String(text.readAllBytes(), UTF_8);
        }
    }
}
