package dev.twotick.worker.upkeep;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// How long ago each job went well in this process: `twotick_upkeep_idle_seconds{task}`, from the start on until the
/// first time. Of several workers the least counts, as one of them does the job for all.
final class UpkeepMetrics {
    private final Map<String, AtomicLong> wentWell;

    UpkeepMetrics(List<Job> jobs, MeterRegistry registry) {
        wentWell = jobs.stream().collect(toMap(Job::name, _ -> new AtomicLong(System.nanoTime())));
        wentWell.forEach((job, at) -> TimeGauge.builder(
                        "twotick.upkeep.idle", at, TimeUnit.NANOSECONDS, last -> System.nanoTime() - last.get())
                .description("since this process last did the job, or was seen to be at it")
                .tag("task", job) // Prometheus has a job of its own
                .register(registry));
    }

    void goesOn(Job job) {
        Objects.requireNonNull(wentWell.get(job.name())).set(System.nanoTime());
    }
}
