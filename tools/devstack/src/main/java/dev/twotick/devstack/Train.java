package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `train`: makes the caches from which ingest and worker start warm. `up` runs it behind the first start, the image's
/// build runs it for the image.
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = {
            "Runs ingest and worker under load, on stores of its own, and keeps what the JVM learned of them.",
            "./twotick up does so by itself, in the background, where there is nothing kept."
        })
final class Train implements Callable<Integer> {
    @Option(names = "--into", required = true, description = "the folder of the caches")
    private Path into = Path.of("");

    @Option(names = "--jvm", description = "an option of the JVM, as both will be started with; may be repeated")
    private List<String> jvmOptions = List.of();

    @Parameters(index = "0", paramLabel = "INGEST.JAR")
    private Path ingest = Path.of("");

    @Parameters(index = "1", paramLabel = "WORKER.JAR")
    private Path worker = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        var home = Home.of(System.getenv(), Path.of(System.getProperty("twotick.project", "")));
        var training = new Training(home.folder().resolve("training"), jvmOptions);
        Runtime.getRuntime().addShutdownHook(new Thread(training::close, "end"));
        training.run(into.toAbsolutePath(), ingest.toAbsolutePath(), worker.toAbsolutePath());
        System.out.println("twotick: trained; the caches are in " + into);
        return 0;
    }
}
