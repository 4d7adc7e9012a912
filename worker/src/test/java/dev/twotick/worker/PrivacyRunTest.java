package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.privacy.DataSubject;
import dev.twotick.worker.privacy.Erasure;
import dev.twotick.worker.privacy.ErasureKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--forget` and `--export` from the command line.
@WithStores
class PrivacyRunTest {
    private static final String ANN = "16505550001";
    private static final String BEN = "16505550002";
    private static final String CY = "16505550003";

    private final Map<String, String> environment;
    private final HikariDataSource pool;
    private final DSLContext db;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    PrivacyRunTest(Stores stores) {
        environment = Map.of(
                "TWOTICK_DATABASE_URL", stores.jdbcUrl(),
                "TWOTICK_DATABASE_USER", stores.user(),
                "TWOTICK_DATABASE_PASSWORD", stores.password(),
                "TWOTICK_REDIS_URL", stores.redisUrl(),
                "TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        pool = Database.pool(WorkerSettings.read(environment).database(), "test", 2, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
    }

    @BeforeEach
    void threePeopleWrote() {
        db.execute("truncate campaign, message, message_status, reaction_statement, contact, contact_mention,"
                + " contact_change, account_notice, hook_page, payload_log, payload_outcome, payload_failure,"
                + " tombstone, account cascade");
        long now = Instant.now().minusSeconds(60).getEpochSecond();
        for (String person : List.of(ANN, BEN, CY)) {
            db.execute(
                    "insert into payload_log (id, received_at, body, signature, app) values (?, now(), ?, '', 'test')",
                    PayloadId.at(Instant.now()).value(),
                    MetaBodies.text(person, "wamid." + person, now, "I am " + person));
        }
        assertThat(worker("--replay", "--in-process")).isZero();
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void peopleOfAFileAreExportedToAFileOfTheirOwnersAndThenErased() throws IOException {
        String people = "file:" + Files.writeString(folder.resolve("people"), "+1 (650) 555-0001\n\n" + BEN + "\n");
        Path document = Files.writeString(folder.resolve("people.json"), "the last one");

        assertThat(worker("--export", people, "--output", document.toString())).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(document)))
                .isEqualTo("rw-------");
        assertThat(db.fetchValue(
                        "select string_agg(d->'messages'->0->>'body', ', ') from json_array_elements(?::json) d",
                        Files.readString(document)))
                .isEqualTo("I am " + ANN + ", I am " + BEN);

        assertThat(worker("--forget", people, "--yes")).isZero();
        assertThat(db.fetchValue("select string_agg(from_wa_id, ',') from message"))
                .isEqualTo(CY);
        assertThat(db.fetchValue(
                        "select count(*) from payload_log where body = convert_to('{\"erased\":true}', 'UTF8')"))
                .isEqualTo(2L);
    }

    @Test
    void theLogIsLookedThroughOnceForAllOfThem() {
        List<String> steps = new ArrayList<>();
        DataSubject people = DataSubject.find(db, List.of(ANN, BEN, CY), Optional.empty(), Optional.empty());

        new Erasure(
                        db,
                        new ErasureKey(
                                WorkerSettings.read(environment).hooks().box().orElseThrow()))
                .run(people, (step, done, total) -> steps.add(step));

        long days = (long) db.fetchValue("select count(*) from pg_inherits where inhparent = 'payload_log'::regclass");
        assertThat(steps.stream().filter("log"::equals)).hasSize((int) days);
        assertThat(db.fetchValue("select count(*) from message")).isEqualTo(0L);
    }

    @Test
    void aFileOfNobodyErasesNobody() throws IOException {
        Path people = Files.writeString(folder.resolve("people"), "\n \n");

        assertThat(worker("--forget", "file:" + people, "--yes")).isEqualTo(2);
        assertThat(db.fetchValue("select count(*) from message")).isEqualTo(3L);
    }

    private int worker(String... arguments) {
        return WorkerCommand.run(environment, arguments);
    }
}
