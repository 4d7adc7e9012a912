package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThirdPartyTest {
    @TempDir
    Path folder;

    private Path list;
    private Path lib;

    @BeforeEach
    void aList() throws IOException {
        list = folder.resolve("THIRD-PARTY.txt");
        lib = Files.createDirectory(folder.resolve("lib"));
    }

    /// Of what was just built; `./twotick test` has made it.
    @ParameterizedTest
    @ValueSource(strings = {"ingest", "worker"})
    void allThatShipsIsNamedWithItsLicence(String process) throws Exception {
        var target = Path.of("../..", process, "target");
        var text = ThirdParty.text(target.resolve("THIRD-PARTY.txt"), target.resolve("lib"));

        assertThat(text)
                .contains("(redis.clients:jedis:", "Copyright (c) 2021-2025, Redis, inc.") // of ours
                .contains("(org.slf4j:slf4j-api:", "QOS.ch") // brought by the jar
                .contains("Apache License\n                           Version 2.0")
                .contains("Eclipse Public License - v 2.0");
    }

    @Test
    void aLibraryOfWhichNoTextIsKnownStopsIt() throws Exception {
        listed("(MIT) Invented (org.invented:invented:1.0 - https://invented.example)");
        jar("invented-1.0", "org/invented/Invented.class");

        assertThatThrownBy(() -> ThirdParty.text(list, lib))
                .isInstanceOf(StackFailure.class)
                .hasMessageContaining("invented-1.0.jar has no licence text in it")
                .hasMessageContaining("licences.txt");
    }

    @Test
    void aLibraryThatNobodyJudgedStopsIt() throws Exception {
        listed("(MIT) Invented (org.invented:invented:1.0 - https://invented.example)");
        jar("invented-1.0", "META-INF/LICENSE");
        jar("invented-1.0-native", "META-INF/LICENSE");
        jar("queue-1.0", "META-INF/maven/dev.twotick/queue/pom.xml"); // ours

        assertThatThrownBy(() -> ThirdParty.text(list, lib))
                .isInstanceOf(StackFailure.class)
                .hasMessageEndingWith("not in the list of licences: invented-1.0-native");
    }

    private void listed(String line) throws IOException {
        Files.writeString(list, "\nLists of 1 third-party dependencies.\n     " + line + "\n");
    }

    private void jar(String name, String entry) throws IOException {
        try (var jar = new JarOutputStream(Files.newOutputStream(lib.resolve(name + ".jar")))) {
            jar.putNextEntry(new ZipEntry(entry));
        }
    }
}
