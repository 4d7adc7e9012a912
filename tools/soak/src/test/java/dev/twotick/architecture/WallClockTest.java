package dev.twotick.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZonedDateTime;

/// docs/decisions/times-are-the-databases-or-monotonic.md: who in the worker, and in what it has of Redis, may look at
/// this machine's clock. One more wants a line in that table.
@AnalyzeClasses(
        packages = {"dev.twotick.worker", "dev.twotick.queue"},
        importOptions = DoNotIncludeTests.class)
class WallClockTest {
    private static final String MAY =
            "dev\\.twotick\\.(queue\\.ConsumerGroup|worker\\.(Worker|WorkerCommand|deliver\\.(DeliveryLoop|TestCall)))";

    @ArchTest
    static final ArchRule thisMachinesClock = noClasses()
            .that()
            .haveNameNotMatching(MAY)
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(InstantSource.class, "system")
            .orShould()
            .callMethod(Clock.class, "systemUTC")
            .orShould()
            .callMethod(LocalDate.class, "now")
            .orShould()
            .callMethod(ZonedDateTime.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");
}
