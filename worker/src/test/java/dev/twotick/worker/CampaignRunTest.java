package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.Migrations;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.campaigns.CampaignRun;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.terminal.NumberedLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithStores
class CampaignRunTest {
    private final WorkerSettings settings;
    private final HikariDataSource pool;
    private final DSLContext db;
    private final StringWriter said = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    CampaignRunTest(Stores stores) {
        settings = WorkerSettings.read(Map.of(
                "TWOTICK_DATABASE_URL", stores.jdbcUrl(),
                "TWOTICK_DATABASE_USER", stores.user(),
                "TWOTICK_DATABASE_PASSWORD", stores.password(),
                "TWOTICK_REDIS_URL", stores.redisUrl()));
        pool = Database.pool(settings.database(), "test", 2, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
    }

    @BeforeEach
    void empty() {
        db.execute("truncate campaign, message, message_status, reaction_statement, hook_page, account cascade");
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void aFileFillsTheCampaignAndASecondRunChangesNothing() throws IOException {
        Path file = file(IntStream.range(0, 5_000)
                .mapToObj(i -> i % 2 == 0
                        ? "{\"wamid\":\"w" + i + "\",\"phone_number_id\":\"106\"}"
                        : "{\"to\":\"+1650555" + i + "\"}")
                .collect(Collectors.joining("\n")));

        assertThat(run(file, true, null, false)).isZero();
        String first = state();
        assertThat(run(file, true, null, false)).isZero();

        assertThat(state()).isEqualTo(first).isEqualTo("5000 recipients, 2500 messages, total 5000");
        assertThat(said.toString().lines().distinct())
                .containsExactly(
                        "Campaign spring of business 1: 5000 recipients, sealed; 0 sent, 0 delivered, 0 read, 0 failed.");
        assertThat(db.fetch("select type from hook_event").getValues(0)).hasSize(1);
    }

    @Test
    void badLinesAreNamedAndTheOthersTaken() throws IOException {
        Path file = file(
                "\ufeff{\"to\":\"+1 (650) 555-0001\"}\r",
                "{\"to\":\"16505550001\"}",
                "",
                "{\"to\":\"somebody\"}",
                "{\"wamid\":\"A\"}",
                "not json, with +16505550009 in it",
                "[]",
                "{\"to\":\"+4915" + " ".repeat(NumberedLines.MAX_BYTES) + "\"}",
                "{\"wamid\":\"A\",\"phone_number_id\":\"106\",\"to\":\"US.13491208655302741918\"}");

        assertThat(run(file, true, null, false)).isEqualTo(1);

        assertThat(said.toString().lines())
                .containsExactly(
                        "line 4: to is neither a number nor a user id",
                        "line 5: a wamid without its phone_number_id",
                        "line 6: not JSON, or more than one value",
                        "line 7: JSON, but not an object",
                        "line 8: longer than 65536 bytes",
                        "5 of 9 lines were bad and are left out.",
                        "The campaign is not sealed because of them: mend the file and run the same command again, or"
                                + " add --skip-bad.",
                        "Campaign spring of business 1: 2 recipients, not sealed; 0 sent, 0 delivered, 0 read, 0 failed.");
        assertThat(run(file, true, null, true)).isZero();
        assertThat(said.toString()).contains("Campaign spring of business 1: 2 recipients, sealed;");
        assertThat(db.fetch("select recipient from campaign_recipient order by 1")
                        .getValues(0, String.class))
                .containsExactly("16505550001", "US.13491208655302741918");
    }

    @Test
    void anInterruptedRunIsFinishedByTheNext() throws IOException {
        String lines = IntStream.range(0, 4_000)
                .mapToObj(i -> "{\"to\":\"" + (16_505_550_000L + i) + "\"}")
                .collect(Collectors.joining("\n"));
        run(file(lines.substring(0, lines.length() / 2)), false, null, false);
        assertThat(run(file(lines), true, 4_000, false)).isZero();

        assertThat(state()).isEqualTo("4000 recipients, 0 messages, total 4000");
    }

    @Test
    void amongSeveralBusinessesALineIsOfItsAccountsOrOfTheOneThatIsTold() throws IOException {
        db.execute("insert into business (id, name) values (2, 'Two') on conflict do nothing");
        db.execute("insert into account (business_id, phone_number_id) values (1, '106'), (2, '202')");
        Path file = file(
                "{\"wamid\":\"A\",\"phone_number_id\":\"202\"}",
                "{\"to\":\"+16505550001\",\"phone_number_id\":\"106\"}",
                "{\"to\":\"+16505550002\"}",
                "{\"wamid\":\"B\",\"phone_number_id\":\"303\"}");

        assertThat(run(Optional.empty(), Optional.of(file), true, null, true)).isZero();

        assertThat(said.toString().lines())
                .containsExactly(
                        "line 3: it names no phone_number_id that is known, and several businesses have accounts: say"
                                + " whose the campaign is with --account or --business",
                        "line 4: it names no phone_number_id that is known, and several businesses have accounts: say"
                                + " whose the campaign is with --account or --business",
                        "2 of 4 lines were bad and are left out.",
                        "Campaign spring of business 1: 1 recipients, sealed; 0 sent, 0 delivered, 0 read, 0 failed.",
                        "Campaign spring of business 2: 1 recipients, sealed; 0 sent, 0 delivered, 0 read, 0 failed.");
        assertThatThrownBy(() -> run(Optional.empty(), Optional.empty(), true, null, false))
                .hasMessageContaining("--account or --business");
        assertThatThrownBy(() -> run(Optional.of("404"), Optional.empty(), true, null, false))
                .hasMessageContaining("no such account");
        assertThat(run(Optional.of("202"), Optional.of(file), true, 9, false)).isEqualTo(1);
        assertThat(said.toString()).contains("The campaigns are not sealed: --total is the recipients of one business");
        assertThat(run(Optional.of("202"), Optional.empty(), true, 9, false)).isZero();
        assertThat(said.toString().lines().toList().getLast())
                .startsWith("Campaign spring of business 2: 3 of 9 recipients, sealed;");
        assertThat(db.fetchValue("select business_id from account where phone_number_id = '303'"))
                .isEqualTo(2L);
    }

    @Test
    void aKeyThatNoCallbackDataCouldNameIsRefused() {
        assertThatThrownBy(() ->
                        campaign().run("a;b", Optional.empty(), Optional.empty(), Optional.empty(), false, null, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without ;");
    }

    private int run(Path file, boolean seal, @Nullable Integer total, boolean skipBad) throws IOException {
        return run(Optional.empty(), Optional.of(file), seal, total, skipBad);
    }

    private int run(
            Optional<String> account, Optional<Path> file, boolean seal, @Nullable Integer total, boolean skipBad)
            throws IOException {
        return campaign().run("spring", account, Optional.empty(), file, seal, total, skipBad);
    }

    private CampaignRun campaign() {
        return new CampaignRun(
                settings.database(),
                new Outbox(settings.hooks().lease()),
                settings.acceptUnknownAccounts(),
                settings.horizon(),
                new PrintWriter(said));
    }

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("recipients.ndjson"), String.join("\n", lines));
    }

    private String state() {
        return (String) db.fetchValue("select format('%s recipients, %s messages, total %s',"
                + " (select count(*) from campaign_recipient), (select count(*) from message),"
                + " (select total from campaign))");
    }
}
