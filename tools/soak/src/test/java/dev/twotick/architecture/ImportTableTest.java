package dev.twotick.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/// The table of modules and packages in docs/ARCHITECTURE.md.
@AnalyzeClasses(packages = "dev.twotick", importOptions = DoNotIncludeTests.class)
class ImportTableTest {

    @ArchTest
    static final ArchRule whatsapp = only("dev.twotick.model.whatsapp").rule();

    @ArchTest
    static final ArchRule settings = only(
                    "dev.twotick.model.settings", "dev.twotick.model.process", "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule payload = only("dev.twotick.model.payload").rule();

    @ArchTest
    static final ArchRule hash = only("dev.twotick.model.hash").rule();

    @ArchTest
    static final ArchRule process = only("dev.twotick.model.process").rule();

    @ArchTest
    static final ArchRule trace = only("dev.twotick.model.trace").rule();

    @ArchTest
    static final ArchRule queue = only("dev.twotick.queue", "dev.twotick.model.payload", "dev.twotick.model.settings")
            .rule();

    @ArchTest
    static final ArchRule db = only(
                    "dev.twotick.db",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule ingest = only(
                    "dev.twotick.ingest",
                    "dev.twotick.model.trace",
                    "dev.twotick.queue",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.process",
                    "dev.twotick.model.hash",
                    "dev.twotick.db")
            .rule();

    @ArchTest
    static final ArchRule consume = only(
                    "dev.twotick.worker.consume",
                    "dev.twotick.model.trace",
                    "dev.twotick.queue",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.process")
            .rule();

    @ArchTest
    static final ArchRule interpret = only(
                    "dev.twotick.worker.interpret", "dev.twotick.model.whatsapp", "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule deduplicate = only(
                    "dev.twotick.worker.deduplicate",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.queue",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule batch = only(
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule people = only(
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule messages = only(
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule notices = only(
                    "dev.twotick.worker.notices",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule privacy = only(
                    "dev.twotick.worker.privacy",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.worker.terminal",
                    "dev.twotick.db",
                    "dev.twotick.model.hash",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule campaigns = only(
                    "dev.twotick.worker.campaigns",
                    "dev.twotick.worker.privacy",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.worker.terminal",
                    "dev.twotick.db",
                    "dev.twotick.model.whatsapp")
            .rule();

    @ArchTest
    static final ArchRule apply = only(
                    "dev.twotick.worker.apply",
                    "dev.twotick.model.trace",
                    "dev.twotick.worker.privacy",
                    "dev.twotick.worker.campaigns",
                    "dev.twotick.worker.notices",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule accounts = only(
                    "dev.twotick.worker.accounts",
                    "dev.twotick.worker.apply",
                    "dev.twotick.worker.notices",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.terminal",
                    "dev.twotick.db")
            .rule();

    @ArchTest
    static final ArchRule terminal = only("dev.twotick.worker.terminal").rule();

    @ArchTest
    static final ArchRule outbox = only(
                    "dev.twotick.worker.outbox",
                    "dev.twotick.db",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule deliver = only(
                    "dev.twotick.worker.deliver",
                    "dev.twotick.model.trace",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.process",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule media = only(
                    "dev.twotick.worker.media",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.worker.deliver",
                    "dev.twotick.db",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.process",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule replay = only(
                    "dev.twotick.worker.replay",
                    "dev.twotick.queue",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.process",
                    "dev.twotick.db")
            .rule();

    @ArchTest
    static final ArchRule console = only(
                    "dev.twotick.worker.console",
                    "dev.twotick.model.trace",
                    "dev.twotick.worker.accounts",
                    "dev.twotick.worker.apply",
                    "dev.twotick.worker.terminal",
                    "dev.twotick.worker.campaigns",
                    "dev.twotick.worker.privacy",
                    "dev.twotick.worker.notices",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.people",
                    "dev.twotick.worker.batch",
                    "dev.twotick.worker.interpret",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.worker.replay",
                    "dev.twotick.queue",
                    "dev.twotick.db",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.whatsapp",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.process",
                    "dev.twotick.model.hash")
            .rule();

    @ArchTest
    static final ArchRule upkeep = only(
                    "dev.twotick.worker.upkeep",
                    "dev.twotick.worker.campaigns",
                    "dev.twotick.worker.privacy",
                    "dev.twotick.worker.messages",
                    "dev.twotick.worker.outbox",
                    "dev.twotick.worker.replay",
                    "dev.twotick.queue",
                    "dev.twotick.model.payload",
                    "dev.twotick.model.hash",
                    "dev.twotick.model.settings",
                    "dev.twotick.model.process",
                    "dev.twotick.db")
            .rule();

    @ArchTest
    static final ArchRule stores = only("dev.twotick.stores").rule();

    @ArchTest
    static final ArchRule devstack =
            only("dev.twotick.devstack", "dev.twotick.stores").rule();

    @ArchTest
    static final ArchRule bench = only("dev.twotick.bench", "dev.twotick.devstack", "dev.twotick.stores")
            .rule();

    @ArchTest
    static final ArchRule what_posts_knows_nothing_of_what_measures =
            only("dev.twotick.bench.load", "dev.twotick.devstack").rule();

    @ArchTest
    static final ArchRule soak = only("dev.twotick.soak", "dev.twotick.devstack", "dev.twotick.stores")
            .rule();

    @ArchTest
    static final ArchRule no_cycles = slices().matching("dev.twotick.(**)")
            .should()
            .beFreeOfCycles()
            .ignoreDependency(resideInAPackage("dev.twotick.db.schema.."), resideInAPackage("dev.twotick.db.schema.."));

    @ArchTest
    static final ArchRule javalin_serves_ingest_the_workers_health_and_the_console = library(
            "io.javalin..",
            "dev.twotick.ingest..",
            "dev.twotick.worker",
            "dev.twotick.worker.console",
            "dev.twotick.bench.reference");

    @ArchTest
    static final ArchRule jedis_is_for_the_stream_and_what_is_remembered = library(
            "redis.clients..",
            "dev.twotick.queue..",
            "dev.twotick.ingest..",
            "dev.twotick.worker",
            "dev.twotick.worker.consume..",
            "dev.twotick.worker.deduplicate..",
            "dev.twotick.worker.upkeep..",
            "dev.twotick.worker.replay..",
            "dev.twotick.worker.console..",
            "dev.twotick.stores..",
            "dev.twotick.bench..",
            "dev.twotick.soak..");

    @ArchTest
    static final ArchRule opentelemetry_takes_spans = library(
            "io.opentelemetry..",
            "dev.twotick.model.trace..",
            "dev.twotick.ingest..",
            "dev.twotick.worker",
            "dev.twotick.worker.deliver..");

    @ArchTest
    static final ArchRule http_client_makes_hook_calls_and_metas = library(
            "org.apache.hc..",
            "dev.twotick.worker.deliver..",
            "dev.twotick.worker.media..",
            "dev.twotick.bench.reference");

    @ArchTest
    static final ArchRule amazons_library_keeps_media = library("software.amazon..", "dev.twotick.worker.media..");

    @ArchTest
    static final ArchRule jackson_reads_and_writes_meaning = library(
            "tools.jackson..",
            "dev.twotick.worker.interpret..",
            "dev.twotick.worker.batch..",
            "dev.twotick.worker.outbox..",
            "dev.twotick.worker.media..",
            "dev.twotick.worker.console..",
            "dev.twotick.devstack.listen..",
            "dev.twotick.bench..");

    @ArchTest
    static final ArchRule ingest_never_parses_a_body = noClasses()
            .that()
            .resideInAPackage("dev.twotick.ingest..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("tools.jackson..");

    private static ArchRule library(String library, String... users) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(users)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static Row only(String owner, String... uses) {
        return new Row(owner, List.of(uses));
    }

    /// One row of the table: a package, and what of ours it may use.
    private record Row(String owner, List<String> uses) {

        ArchRule rule() {
            List<String> allowed = new ArrayList<>();
            for (String name : uses) {
                allowed.add(name + "..");
            }
            allowed.add(owner + "..");
            DescribedPredicate<JavaClass> ours = resideInAPackage("dev.twotick..");
            DescribedPredicate<JavaClass> elsewhere =
                    ours.and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new))));
            return noClasses()
                    .that()
                    .resideInAPackage(owner + "..")
                    .should()
                    .dependOnClassesThat(elsewhere)
                    .as(owner + " uses, of ours, only " + uses);
        }
    }
}
