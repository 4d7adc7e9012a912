package dev.twotick.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a JVM starts from, with a [StandIn] in a jar.
class AotCacheTest {
    private static final List<String> INSIST = List.of("-XX:AOTMode=on");

    @TempDir
    Path folder;

    private Home home;
    private Path built;

    @BeforeEach
    void standInInAJar() throws IOException {
        home = new Home(folder.resolve("home")).make();
        built = Files.createDirectories(folder.resolve("with a space/ingest/target/lib"))
                .resolveSibling("ingest-0.1.0.jar");
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StandIn.class.getName());
        try (var jar = new JarOutputStream(Files.newOutputStream(built), manifest);
                var code = StandIn.class.getResourceAsStream("StandIn.class")) {
            jar.putNextEntry(new JarEntry(StandIn.class.getName().replace('.', '/') + ".class"));
            code.transferTo(jar);
        }
    }

    @Test
    void aProcessStartsFromTheCacheOfItsJarsAndOfNoOthers() throws Exception {
        var program = ingest();
        assertThat(program.lacksItsCache()).isTrue();
        var written = home.folder().resolve("written.aot");
        assertThat(run(new Program(program.launch(), Optional.empty()), List.of("-XX:AOTCacheOutput=" + written)))
                .isZero();
        program.cache().orElseThrow().replaceBy(written);

        assertThat(program.lacksItsCache()).isFalse();
        assertThat(run(program, INSIST)).isZero();
        assertThat(Files.readString(home.logs().resolve("ingest.log"))).isEmpty();

        Files.setLastModifiedTime(built, FileTime.fromMillis(System.currentTimeMillis() + 60_000));
        var anew = ingest();
        assertThat(anew.lacksItsCache()).isTrue();
        anew.cache().orElseThrow().replaceBy(program.cache().orElseThrow().file());
        assertThat(anew.lacksItsCache()).isFalse();
        assertThat(program.lacksItsCache()).isTrue();
    }

    @Test
    void fromASpoiledCacheAProcessStartsWithoutItAndSaysNothing() throws Exception {
        var program = ingest();
        var file = program.cache().orElseThrow().file();
        Files.createDirectories(file.getParent());
        Files.writeString(file, "no cache");

        assertThat(run(program, List.of())).isZero();
        assertThat(Files.readString(home.logs().resolve("ingest.log"))).isEmpty();
        assertThat(run(program, INSIST)).isNotZero();
    }

    private Program ingest() {
        return Program.of(folder.resolve("with a space"), "ingest", home);
    }

    /// @return its code
    private int run(Program program, List<String> jvmOptions) throws InterruptedException {
        return new Child(home, "ingest", program, jvmOptions, List.of("--migrate"), Map.of())
                .start()
                .waitFor();
    }
}
