package dev.twotick.model.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveSettingsTest {
    @TempDir
    Path folder;

    private final List<List<AppSecret>> used = new ArrayList<>();
    private Path file;
    private LiveSettings live;

    @BeforeEach
    void follow() throws IOException {
        file = Files.writeString(folder.resolve("secrets"), "shop=old\n");
        Map<String, String> environment = Map.of("TWOTICK_APP_SECRETS_FILE", file.toString());
        live = new LiveSettings(environment);
        live.follow("TWOTICK_APP_SECRETS", AppSecret.read(new SettingsReader(environment)), AppSecret::read, used::add);
    }

    private void twoLooks() {
        live.look();
        live.look();
    }

    @Test
    void whatStaysIsNotToldAndWhatChangesIsToldOnce() throws IOException {
        twoLooks();
        assertThat(used).isEmpty();
        Files.writeString(file, "shop=new,shop=old");
        twoLooks();
        twoLooks();
        assertThat(used).containsExactly(List.of(new AppSecret("shop", "new"), new AppSecret("shop", "old")));
    }

    /// Kubernetes turns a link to another folder; the file's own link stays as it is.
    @Test
    void aLinkThatIsTurnedIsFollowed() throws IOException {
        Path one = Files.createDirectory(folder.resolve("..one"));
        Path two = Files.createDirectory(folder.resolve("..two"));
        Files.writeString(one.resolve("secrets"), "shop=old");
        Files.writeString(two.resolve("secrets"), "shop=new");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), one);
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("..data", "secrets"));
        twoLooks();
        assertThat(used).isEmpty();

        Files.delete(data);
        Files.createSymbolicLink(data, two);
        twoLooks();
        assertThat(used).containsExactly(List.of(new AppSecret("shop", "new")));
    }

    @Test
    void aFileThatIsStillBeingWrittenIsNotTaken() throws IOException {
        Files.writeString(file, "shop=n");
        live.look();
        Files.writeString(file, "shop=new");
        live.look();
        assertThat(used).isEmpty();
        live.look();
        assertThat(used).containsExactly(List.of(new AppSecret("shop", "new")));
    }

    @Test
    void whatCannotBeTakenChangesNothingAndIsNamed() throws IOException {
        Files.writeString(file, "");
        twoLooks();
        assertThat(live.refused()).containsExactly("TWOTICK_APP_SECRETS");
        Files.writeString(file, "no pair, no secret");
        twoLooks();
        Files.delete(file);
        twoLooks();
        assertThat(used).isEmpty();
        assertThat(live.warnings()).singleElement().asString().contains("TWOTICK_APP_SECRETS");

        Files.writeString(file, "shop=old");
        twoLooks();
        assertThat(live.refused()).isEmpty();
        assertThat(used).isEmpty();
    }

    @Test
    void whoeverCannotUseItYetIsToldAgain() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "one");
        LiveSettings tokens = new LiveSettings(Map.of("TOKEN_FILE", token.toString()));
        List<String> told = new ArrayList<>();
        tokens.follow("TOKEN", "one", settings -> settings.requiredSecret("TOKEN", "opens"), next -> {
            told.add(next);
            if (told.size() == 1) {
                throw new IllegalStateException("the database is away");
            }
        });
        Files.writeString(token, "two");
        tokens.look();
        tokens.look();
        assertThat(tokens.refused()).containsExactly("TOKEN");
        tokens.look();
        tokens.look();
        assertThat(told).containsExactly("two", "two");
        assertThat(tokens.refused()).isEmpty();
    }
}
