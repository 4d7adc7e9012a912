package dev.twotick.soak;

import dev.twotick.soak.Armed.Victim;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.byteman.agent.Main;

/// Byteman scripts. At its step a process leaves a note in `notes` and is killed by a real SIGKILL, while the thread
/// that took the step waits for it; or the store is killed, and the thread goes on once it is dead.
///
/// @see <a href="https://downloads.jboss.org/byteman/4.0.26/byteman-programmers-guide.html">Byteman's guide</a>
final class Rules {
    private static final String STRIKE = """
            #!/bin/sh
            # $1 folder of notes, $2 step, $3 victim, $4 pid of the process
            note=$1/$2.$3.$4
            : > "$note"
            if [ "$3" = SELF ]; then kill -9 "$4"; sleep 10; fi
            # the harness kills the store, and takes the note away
            tries=0
            while [ -e "$note" ] && [ $tries -lt 250 ]; do sleep 0.02; tries=$((tries + 1)); done
            """;

    /// Production's patience, shortened, where a test has less of it; the parameters of these records' constructors.
    private static final String HASTE = """
            RULE a dead worker's entries are taken over soon, and suspects soon tried again
            CLASS dev.twotick.worker.consume.ConsumeSettings
            METHOD <init>
            AT ENTRY
            IF TRUE
            DO $5 = java.time.Duration.ofSeconds(4), $8 = java.time.Duration.ofSeconds(15)
            ENDRULE

            RULE requeue looks soon
            CLASS dev.twotick.worker.upkeep.Requeue$Times
            METHOD <init>
            AT ENTRY
            IF TRUE
            DO $1 = java.time.Duration.ofSeconds(3), $2 = java.time.Duration.ofMillis(500)
            ENDRULE

            RULE requeue is taken over soon
            CLASS dev.twotick.worker.upkeep.Requeue
            METHOD every
            AT ENTRY
            IF TRUE
            DO RETURN java.time.Duration.ofSeconds(1)
            ENDRULE
            """;

    private final Path folder;
    private final Path notes;
    private final Path strike;

    Rules(Path folder) {
        this.folder = folder;
        this.notes = folder.resolve("notes");
        this.strike = folder.resolve("strike.sh");
        try {
            Files.createDirectories(notes);
            Files.writeString(strike, STRIKE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// JVM options that arm a process.
    List<String> options(String process, List<Armed> armed, boolean hasty) {
        if (armed.isEmpty() && !hasty) {
            return List.of();
        }
        var script = folder.resolve(process + ".btm");
        try {
            Files.writeString(script, text(armed, hasty));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of("-javaagent:" + agent() + "=script:" + script);
    }

    String text(List<Armed> armed, boolean hasty) {
        return (hasty ? HASTE : "") + armed.stream().map(this::rule).collect(Collectors.joining());
    }

    private String rule(Armed armed) {
        var step = armed.step();
        return """

                RULE %s
                CLASS %s
                METHOD %s
                AT %s
                BIND strike:java.lang.ProcessBuilder = new java.lang.ProcessBuilder(java.util.List.of("sh", "%s", "%s", "%s", "%s", "" + java.lang.ProcessHandle.current().pid()))
                IF %s && incrementCounter("%s") == %d
                DO strike.start().waitFor()
                ENDRULE
                """.formatted(
                        step,
                        step.className(),
                        step.method(),
                        step.at(),
                        strike,
                        notes,
                        step,
                        armed.victim(),
                        step.condition(),
                        step,
                        armed.nth());
    }

    /// That a step was reached, by which process, and whom it kills.
    record Note(Path file, Step step, Victim victim, long pid) {
        static Note of(Path file) {
            var parts = file.getFileName().toString().split("\\.", -1);
            return new Note(file, Step.valueOf(parts[0]), Victim.valueOf(parts[1]), Long.parseLong(parts[2]));
        }

        void takeAway() {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    List<Note> notes() {
        var found = new ArrayList<Note>();
        try (var files = Files.newDirectoryStream(notes)) {
            files.forEach(file -> found.add(Note.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static Path agent() {
        try {
            return Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
