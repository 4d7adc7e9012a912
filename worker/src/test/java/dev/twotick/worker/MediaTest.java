package dev.twotick.worker;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static dev.twotick.worker.MetaBodies.messages;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Worker.Role;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Media of messages, from Meta's payload to a file, against a stand-in of Meta's two calls.
@WithStores
class MediaTest {
    private final WorkerFixture twotick;
    private final StandInOfMeta meta = new StandInOfMeta();
    private final LoggedLines log = new LoggedLines();

    @TempDir
    private Path folder;

    MediaTest(Stores stores) throws IOException {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void begin() {
        twotick.empty();
        twotick.db.execute("truncate tombstone"); // of another key, they would stop a worker
        twotick.environment.put("TWOTICK_MEDIA_STORE", folder.toString());
        meta.namedIn(twotick.environment);
    }

    @AfterEach
    void close() {
        twotick.close();
        meta.close();
        log.close();
        assertThat(log.with(StandInOfMeta.TOKEN)).as("lines with the token").isEmpty();
    }

    private Worker worker() throws InterruptedException {
        return twotick.worker(EnumSet.of(Role.CONSUME, Role.DELIVER, Role.MEDIA));
    }

    /// Of this size, at Meta and in a message.
    private byte[] receive(String id, int size) {
        byte[] file = meta.has(id, size);
        twotick.receive(StandInOfMeta.image(id, file, Instant.now()));
        return file;
    }

    private String state(String id) {
        return twotick.db
                .fetchOptional("select state from media where media_id = {0}", id)
                .map(row -> row.get(0, String.class))
                .orElse("");
    }

    private String reason(String id) {
        return String.valueOf(twotick.db
                .fetchOptional("select reason from media where media_id = {0}", id)
                .map(row -> row.get(0))
                .orElse(null));
    }

    /// Spares a test the time until the next try.
    private void tryAgain() {
        twotick.db.execute("update media set next_try_at = now() where state = 'waiting'");
    }

    private List<Path> stored() throws IOException {
        return files(folder).stream()
                .filter(file -> !file.startsWith(folder.resolve(".incoming")))
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith(".twotick-store-"))
                    .toList();
        }
    }

    private Path file(String id) {
        return Path.of(URI.create(twotick.text("select location from media where media_id = '" + id + "'")));
    }

    @Test
    void whatAMessageBringsIsFetchedOnce() throws Exception {
        byte[] before = receive("100", 100_000);
        worker();
        await().until(() -> state("100").equals("fetched"));
        byte[] after = receive("101", 10);
        await().until(() -> state("101").equals("fetched"));

        assertThat(file("100")).hasBinaryContent(before);
        assertThat(file("101")).hasBinaryContent(after);
        assertThat(stored()).hasSize(2);
        assertThat(files(folder.resolve(".incoming"))).isEmpty();
        assertThat(twotick.text("select encode(sha256, 'base64') || size from media where media_id = '101'"))
                .isEqualTo(StandInOfMeta.base64(after) + 10);
        assertThat(meta.calls)
                .extracting(StandInOfMeta.Call::path)
                .containsExactlyInAnyOrder("/v25.0/100", "/bytes/100", "/v25.0/101", "/bytes/101");
    }

    @Test
    void programsAndPeopleSeeWhatBecameOfIt() throws Exception {
        String link = "a-link-that-signs-somebody-in-one-time";
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        twotick.environment.put("TWOTICK_CONSOLE_SIGN_IN", link);
        receive("140", 10);
        Worker worker = twotick.worker(EnumSet.of(Role.CONSUME, Role.CONSOLE, Role.MEDIA));
        await().until(() -> state("140").equals("fetched"));
        String conversation = "/conversations/" + twotick.number("select id from conversation");
        try (Program program = new Program(worker.consolePort())) {
            JsonNode shown = program.asked("GET", conversation + "/messages", "")
                    .get("items")
                    .get(0)
                    .get("media");
            assertThat(shown.get("state").asString()).isEqualTo("fetched");
            assertThat(shown.get("location").asString())
                    .isEqualTo(file("140").toUri().toString());
        }
        Browser browser = new Browser(worker.consolePort());
        browser.post("/sign-in", "link", link);
        assertThat(browser.page(conversation)).containsSubsequence("<strong>Picture</strong>", ">kept</span>");
    }

    @Test
    void whatMetaHasNoMoreIsGoneAndHoldsUpNobody() throws Exception {
        twotick.receive(StandInOfMeta.image("200", new byte[1], Instant.now().minus(Duration.ofDays(8))));
        receive("201", 10);
        worker();
        await().until(() -> state("200").equals("gone") && state("201").equals("fetched"));

        assertThat(reason("200")).isEqualTo("HTTP 404");
        assertThat(stored()).hasSize(1);
    }

    @Test
    void whatMetaMayStillHaveIsAskedForAgain() throws Exception {
        twotick.receive(StandInOfMeta.image("210", new byte[] {7}, Instant.now()));
        worker();
        await().until(() -> reason("210").equals("HTTP 404"));
        assertThat(state("210")).isEqualTo("waiting");
        meta.has("210", new byte[] {7});
        tryAgain();

        await().until(() -> state("210").equals("fetched"));
    }

    @Test
    void whatHasAnotherHashIsNotKeptAndFailsInTheEnd() throws Exception {
        receive("300", 1_000);
        meta.has("300", new byte[1_000]);
        worker();
        for (int tries = 1; tries <= 7; tries++) {
            int made = tries;
            await().until(() ->
                    twotick.number("select count(*) from media where media_id = '300' and tries = " + made) == 1);
            tryAgain();
        }

        assertThat(state("300")).isEqualTo("failed");
        assertThat(reason("300")).contains("SHA-256");
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void tooManyCallsAreAPauseAsLongAsMetaAsksForAndNoTry() throws Exception {
        receive("400", 1_000);
        meta.answers("/v25.0/400", StandInOfMeta.status(429, "", "Retry-After", "1800"));
        worker();
        await().until(() -> reason("400").contains("HTTP 429"));

        assertThat(twotick.number("select count(*) from media where tries = 0"
                        + " and next_try_at between now() + interval '29 minutes' and now() + interval '30 minutes'"))
                .isEqualTo(1);
        receive("401", 1_000);
        await().until(() -> state("401").equals("waiting"));
        assertThat(meta.callsOf("/v25.0/401"))
                .as("nothing else is asked for either")
                .isZero();
    }

    @Test
    void aTokenThatIsNotAcceptedIsNoFaultOfTheFile() throws Exception {
        twotick.environment.put("TWOTICK_ACCESS_TOKEN", "another");
        receive("410", 1_000);
        worker();
        await().until(() -> reason("410").contains("TWOTICK_ACCESS_TOKEN is not accepted"));

        assertThat(twotick.number("select count(*) from media where state = 'waiting' and tries = 0"))
                .isEqualTo(1);
    }

    @Test
    void whatIsCutInTheMiddleShowsNothingAndIsFetchedAgain() throws Exception {
        byte[] file = receive("500", 1_000_000);
        meta.answers("/bytes/500", meta.half("500"));
        worker();
        await().until(() -> reason("500").contains("Premature end"));
        assertThat(files(folder)).isEmpty();
        meta.answersAsEver("/bytes/500");
        tryAgain();

        await().until(() -> state("500").equals("fetched"));
        assertThat(file("500")).hasBinaryContent(file);
    }

    @Test
    void theTokenGoesToNoOtherHostAndAfterNoRedirect() throws Exception {
        try (StandInOfMeta foreign = new StandInOfMeta()) {
            String elsewhere = foreign.url().replace("127.0.0.1", "localhost");
            receive("600", 10);
            meta.answers("/v25.0/600", StandInOfMeta.status(200, meta.location("600", elsewhere)));
            receive("601", 10);
            meta.answers("/bytes/601", StandInOfMeta.status(302, "", "Location", foreign.url() + "/bytes/601"));
            worker();
            await().until(() -> reason("600").contains("TWOTICK_MEDIA_HOSTS")
                    && reason("601").contains("redirects are not followed"));

            assertThat(foreign.calls).isEmpty();
            assertThat(files(folder)).isEmpty();
        }
    }

    @Test
    void privateAddressesAreRefusedAsForHooks() throws Exception {
        twotick.environment.remove("TWOTICK_HOOK_ALLOW_NETS");
        receive("610", 10);
        worker();
        await().until(() -> reason("610").contains("not a public address"));

        assertThat(meta.calls).isEmpty();
    }

    @Test
    void whatIsLargerThanTheLimitIsNotKept() throws Exception {
        twotick.environment.put("TWOTICK_MEDIA_MAX_MB", "1");
        receive("700", 1024 * 1024 + 1);
        receive("701", 1024 * 1024);
        worker();
        await().until(() -> state("700").equals("failed") && state("701").equals("fetched"));

        assertThat(reason("700")).contains("TWOTICK_MEDIA_MAX_MB");
        assertThat(stored()).hasSize(1);
    }

    @Test
    void whatAKilledWorkerHadInHandAnotherFetches() throws Exception {
        byte[] file = receive("800", 1_000_000);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        meta.answers("/bytes/800", meta.halfUntil("800", begun, gate));
        WorkerProcess process = twotick.process(WorkerCommand.class, "--roles", "consume,media");
        await().until(() -> begun.getCount() == 0);
        process.kill();
        gate.countDown();
        assertThat(stored()).isEmpty();
        meta.answersAsEver("/bytes/800");
        worker();
        receive("801", 10);
        await().until(() -> state("801").equals("fetched"));
        assertThat(meta.callsOf("/v25.0/800"))
                .as("the older one is passed by while its lease lasts")
                .isEqualTo(1);
        twotick.db.execute("update media set leased_until = now()");

        await().until(() -> state("800").equals("fetched"));
        assertThat(file("800")).hasBinaryContent(file);
    }

    @Test
    void twoWorkersFetchEachFileOnce() throws Exception {
        int files = 60;
        IntStream.range(0, files).forEach(n -> receive("9" + (100 + n), 10_000));
        worker();
        worker();
        await().until(() -> twotick.number("select count(*) from media where state = 'fetched'") == files);

        assertThat(meta.calls.stream().map(StandInOfMeta.Call::path))
                .hasSize(2 * files)
                .doesNotHaveDuplicates();
        assertThat(stored()).hasSize(files);
    }

    @Test
    void whatAnEditBringsIsFetchedToo() throws Exception {
        receive("110", 10);
        worker();
        await().until(() -> state("110").equals("fetched"));
        byte[] file = "another".getBytes(UTF_8);
        meta.has("111", file);
        twotick.receive(messages(NUMBER, List.of(), List.of("""
            {"from":"%s","id":"wamid.edit","timestamp":"%d","type":"edit","edit":{\
            "original_message_id":"wamid.110","message":{"type":"image",\
            "image":{"id":"111","mime_type":"image/jpeg","sha256":"%s"}}}}\
            """.formatted(
                        StandInOfMeta.sender("110"), Instant.now().getEpochSecond(), StandInOfMeta.base64(file)))));

        await().until(() -> state("111").equals("fetched"));
        assertThat(file("111")).hasBinaryContent(file);
    }

    @Test
    void whoIsForgottenLeavesNoFileBehind() throws Exception {
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        receive("120", 10);
        receive("121", 1_000_000);
        receive("122", 10);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        meta.answers("/bytes/121", meta.halfUntil("121", begun, gate));
        worker();
        await().until(() -> begun.getCount() == 0);
        await().until(() -> state("120").equals("fetched") && state("122").equals("fetched"));
        Path kept = file("122");
        Path inHand = file("121");
        Path document = folder.resolveSibling(folder.getFileName() + ".json");
        assertThat(WorkerCommand.run(
                        twotick.environment, "--export", StandInOfMeta.sender("120"), "--output", document.toString()))
                .isZero();
        assertThat(document).content().contains(file("120").toUri().toString());
        Files.delete(document);
        assertThat(WorkerCommand.run(twotick.environment, "--forget", StandInOfMeta.sender("120"), "--yes"))
                .isZero();
        assertThat(WorkerCommand.run(twotick.environment, "--forget", StandInOfMeta.sender("121"), "--yes"))
                .isZero();
        await().until(() -> stored().equals(List.of(kept)));
        gate.countDown();

        await().until(() -> twotick.number("select count(*) from media_removal") == 0);
        assertThat(inHand).doesNotExist();
        assertThat(stored()).containsExactly(kept);
        assertThat(twotick.number("select count(*) from media")).isEqualTo(1);
    }

    @Test
    void aMessageThatIsDeletedByAgeTakesItsFileAlong() throws Exception {
        receive("130", 10);
        Worker worker = worker();
        await().until(() -> state("130").equals("fetched"));
        worker.close();
        twotick.environment.put("TWOTICK_RETENTION_MESSAGES_DAYS", "1");
        twotick.db.execute("update message set occurred_at = now() - interval '2 days', live_at = occurred_at");
        worker(); // upkeep's first look deletes it

        await().until(() -> twotick.number("select count(*) from media") == 0
                && twotick.number("select count(*) from media_removal") == 0);
        assertThat(stored()).isEmpty();
    }

    @Test
    void onAFolderThatIsAnotherNothingIsWrittenAndNothingTakenForDeleted() throws Exception {
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        receive("150", 10);
        Worker worker = worker();
        await().until(() -> state("150").equals("fetched"));
        Path mounted = folder.resolveSibling(folder.getFileName() + "-mounted");
        Files.move(folder, mounted);
        Files.createDirectory(folder);
        assertThat(WorkerCommand.run(twotick.environment, "--forget", StandInOfMeta.sender("150"), "--yes"))
                .isZero();
        receive("151", 10);
        await().until(() -> reason("151").contains("Another folder")
                && twotick.number("select count(*) from media_removal where reason like '%Another folder%'") == 1);
        assertThat(twotick.number("select count(*) from media where tries = 0")).isEqualTo(1);
        worker.close();
        assertThatThrownBy(this::worker).hasMessageContaining("Another folder");
        try (Stream<Path> beside = Files.list(folder)) {
            assertThat(beside).isEmpty();
        }
        Files.delete(folder);
        Files.move(mounted, folder);
        assertThat(stored()).hasSize(1);
        twotick.db.execute("update media_removal set due_at = now()");
        tryAgain();
        worker();

        await().until(() ->
                state("151").equals("fetched") && twotick.number("select count(*) from media_removal") == 0);
        assertThat(stored()).containsExactly(file("151"));
    }

    @Test
    void ofFoldersThatWorkersDoNotShareOneIsTaken() throws Exception {
        worker();
        Path mark = folder.resolve(".twotick-store-" + twotick.text("select id from media_store"));
        Files.delete(mark);
        Files.createFile(folder.resolve(".twotick-store-" + UUID.randomUUID()));
        assertThatThrownBy(this::worker)
                .hasMessageContainingAll("Another folder", mark.getFileName().toString());
        twotick.db.execute("delete from media_store");

        worker();
    }

    @Test
    void whatABucketRefusesIsATryOfThatFileAndHoldsUpNobody() throws Exception {
        Map<String, String> types = new ConcurrentHashMap<>();
        HttpServer bucket = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        bucket.createContext("/", exchange -> {
            try (exchange) {
                long size = exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
                types.put(size + " bytes", exchange.getRequestHeaders().getFirst("Content-Type"));
                StandInOfMeta.Answer answer = size == 7
                        ? StandInOfMeta.status(400, "<Error><Code>InvalidArgument</Code></Error>")
                        : StandInOfMeta.status(200, "");
                answer.give(exchange);
            }
        });
        bucket.start();
        try {
            twotick.environment.put("TWOTICK_MEDIA_STORE", "s3://files/kept");
            twotick.environment.put(
                    "TWOTICK_BUCKET_ENDPOINT",
                    "http://127.0.0.1:" + bucket.getAddress().getPort());
            twotick.environment.put("TWOTICK_BUCKET_ACCESS_KEY", "any");
            twotick.environment.put("TWOTICK_BUCKET_SECRET_KEY", "any");
            twotick.environment.put("TWOTICK_MEDIA_CONCURRENCY", "1");
            receive("900", 7);
            Worker worker = worker();
            await().until(() -> reason("900").contains("HTTP 400 InvalidArgument"));
            assertThat(twotick.number("select tries from media")).isEqualTo(1);
            receive("901", 20);
            twotick.receive(new String(StandInOfMeta.image("902", meta.has("902", 30), Instant.now()), UTF_8)
                    .replace("image/jpeg", "image/jpeg; a=ü")
                    .getBytes(UTF_8));
            await().until(() -> state("901").equals("fetched") && state("902").equals("fetched"));
            worker.close();
        } finally {
            bucket.stop(0);
        }
        assertThat(types).containsEntry("20 bytes", "image/jpeg").containsEntry("30 bytes", "application/octet-stream");
    }

    @Test
    void whatMayBeInTheStoreOfBeforeIsDeletedThere() throws Exception {
        receive("160", 10);
        meta.answers("/v25.0/160", StandInOfMeta.status(503, ""));
        Worker before = worker();
        await().until(() -> reason("160").equals("HTTP 503"));
        before.close();
        Path unrecorded = file("160"); // as if the worker had died when it had put it there
        Files.createDirectories(unrecorded.getParent());
        Files.createFile(unrecorded);
        meta.answersAsEver("/v25.0/160");
        tryAgain();
        twotick.environment.put(
                "TWOTICK_MEDIA_STORE",
                Files.createDirectory(folder.resolve("another")).toString());
        worker();
        await().until(() -> state("160").equals("fetched"));
        assertThat(twotick.text("select location from media_removal"))
                .isEqualTo(unrecorded.toUri().toString());
        twotick.environment.put("TWOTICK_MEDIA_STORE", folder.toString());
        worker();

        await().until(() -> twotick.number("select count(*) from media_removal") == 0);
        assertThat(stored()).containsExactly(file("160"));
    }

    @Test
    void whatKilledWorkersLeftIsSweptAway() throws Exception {
        Path temporary =
                Path.of(System.getProperty("java.io.tmpdir"), "twotick-media-" + System.getProperty("user.name"));
        List<Path> left = List.of(
                leftBehind(folder.resolve(".incoming"), Duration.ofHours(2)),
                leftBehind(temporary, Duration.ofHours(2)));
        Path atWork = leftBehind(folder.resolve(".incoming"), Duration.ofMinutes(30));
        worker();
        twotick.environment.put("TWOTICK_MEDIA_STORE", "s3://files/kept");
        twotick.environment.put("TWOTICK_BUCKET_ENDPOINT", meta.url());
        worker();

        await().until(() -> left.stream().noneMatch(Files::exists));
        assertThat(atWork).exists();
    }

    private static Path leftBehind(Path folder, Duration since) throws IOException {
        Path part = Files.createTempFile(Files.createDirectories(folder), "", ".part");
        return Files.setLastModifiedTime(part, FileTime.from(Instant.now().minus(since)));
    }

    @Test
    void theRoleSaysAllThatItLacks() {
        twotick.environment.remove("TWOTICK_ACCESS_TOKEN");
        twotick.environment.remove("TWOTICK_MEDIA_STORE");
        assertThatThrownBy(this::worker).hasMessageContainingAll("TWOTICK_ACCESS_TOKEN", "TWOTICK_MEDIA_STORE");
        twotick.environment.put("TWOTICK_ACCESS_TOKEN", StandInOfMeta.TOKEN);
        twotick.environment.put("TWOTICK_MEDIA_STORE", folder.resolve("absent").toString());
        assertThatThrownBy(this::worker).hasMessageContaining("not a folder that is there");
    }
}
