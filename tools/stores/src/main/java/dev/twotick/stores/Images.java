package dev.twotick.stores;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.testcontainers.utility.TestcontainersConfiguration;

/// The images that tests on containers need. An engine that answers may still be one that cannot pull: Testcontainers
/// finds that out in seven minutes, this in one at most.
final class Images {
    private static final int ANSWER_SECONDS = 10;
    private static final int PULL_SECONDS = 60;

    static String postgres() {
        return chosen("TWOTICK_TEST_POSTGRES_IMAGE", "postgres:17");
    }

    static String redis() {
        return chosen("TWOTICK_TEST_REDIS_IMAGE", "redis:8");
    }

    static boolean canAllBeHad() {
        return docker(ANSWER_SECONDS, "info") && needed().allMatch(Images::canBeHad);
    }

    private static Stream<String> needed() {
        TestcontainersConfiguration configuration = TestcontainersConfiguration.getInstance();
        boolean ryuk =
                !configuration.getEnvVarOrProperty("ryuk.disabled", "false").equals("true");
        Stream<String> stores = Stream.of(postgres(), redis());
        return ryuk
                ? Stream.concat(
                        stores,
                        Stream.of(configuration.getEnvVarOrProperty(
                                "ryuk.container.image", "testcontainers/ryuk:0.14.0")))
                : stores;
    }

    private static boolean canBeHad(String image) {
        boolean had =
                docker(ANSWER_SECONDS, "image", "inspect", image) || docker(PULL_SECONDS, "pull", "--quiet", image);
        if (!had) {
            System.out.println("A Docker engine answers, but the image " + image + " cannot be pulled");
        }
        return had;
    }

    private static boolean docker(int seconds, String... arguments) {
        try {
            Process docker = new ProcessBuilder(Stream.concat(Stream.of("docker"), Stream.of(arguments))
                            .toList())
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            if (!docker.waitFor(seconds, TimeUnit.SECONDS)) {
                docker.destroyForcibly();
                return false;
            }
            return docker.exitValue() == 0;
        } catch (IOException e) {
            return false; // no docker here
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String chosen(String variable, String otherwise) {
        String chosen = System.getenv(variable);
        return chosen == null || chosen.isEmpty() ? otherwise : chosen;
    }

    private Images() {}
}
