package dev.twotick.worker;

import dev.twotick.worker.consume.ConsumeSettings;
import java.time.Duration;
import java.util.EnumSet;

/// A worker process as it runs in production, but for its patience with suspects.
final class HastyWorker {

    static void main() throws InterruptedException {
        ConsumeSettings standard = ConsumeSettings.standard(2);
        ConsumeSettings hasty = new ConsumeSettings(
                standard.consumers(),
                standard.maxPayloads(),
                standard.maxBytes(),
                standard.block(),
                Duration.ofSeconds(2),
                standard.leastPause(),
                standard.mostPause(),
                Duration.ofSeconds(2));
        Worker worker = new Worker(
                WorkerSettings.read(System.getenv()), EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER), hasty);
        Runtime.getRuntime().addShutdownHook(new Thread(worker::close, "stop"));
        worker.start();
    }

    private HastyWorker() {}
}
