package dev.twotick.devstack;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `up` from outside, as a process of its own, over [StandIn]s and real stores.
class UpTest {
    @TempDir
    Path project;

    private final List<Process> started = new ArrayList<>();
    private Map<String, String> settings = Map.of();

    @BeforeEach
    void standIns() throws IOException {
        for (var module : List.of("ingest", "worker")) {
            var target = Files.createDirectories(project.resolve(module).resolve("target"));
            Files.createDirectories(target.resolve("lib"));
            var manifest = new Manifest();
            var classes = StandIn.class.getProtectionDomain().getCodeSource().getLocation();
            manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StandIn.class.getName());
            manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classes.toString());
            new JarOutputStream(Files.newOutputStream(target.resolve(module + "-0.1.0.jar")), manifest).close();
        }
        settings = Map.of(
                "TWOTICK_HTTP_PORT",
                String.valueOf(FreePort.any()),
                "TWOTICK_WORKER_PORT",
                String.valueOf(FreePort.any()),
                "TWOTICK_CONSOLE_PORT",
                String.valueOf(FreePort.any()));
    }

    @AfterEach
    void killAll() {
        started.forEach(Process::destroyForcibly);
        everyProcessOfTheStack().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void ctrlCEndsAllInOrderAndTheNextUpFindsTheData() throws Exception {
        var first = up(Map.of());
        sql("create table kept as select 42 as answer");
        signal(interruptIsIgnored() ? "TERM" : "INT", first);

        assertThat(first.waitFor(180, SECONDS)).isTrue();
        assertThat(everyProcessOfTheStack()).isEmpty();
        assertThat(home().resolve("run.env")).doesNotExist();
        assertThat(output(first))
                .containsSubsequence("stopping ingest", "stopping worker", "stopping Redis", "stopping PostgreSQL");
        assertThat(home().resolve("logs/worker.log")).content().contains("ended in order");

        up(Map.of());
        assertThat(sql("select answer from kept")).isEqualTo("42");
    }

    /// A shell makes its background jobs ignore SIGINT, and a JVM that inherits this can do nothing about it: in a test
    /// run of that kind the end is asked for by SIGTERM, which takes the same way through `up`.
    private static boolean interruptIsIgnored() throws IOException {
        var status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        var ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .findFirst()
                .orElse(0L);
        return (ignored & 0b10) != 0;
    }

    @Test
    void statusSaysWhatRunsAndStopEndsItInOrder() throws Exception {
        var stack = up(Map.of());

        assertThat(told("status", 0))
                .contains("Twotick runs on " + home())
                .contains("http://127.0.0.1:" + settings.get("TWOTICK_HTTP_PORT") + "/webhook")
                .contains("healthy: 200")
                .contains("redis://127.0.0.1:")
                .doesNotContain("NOT healthy")
                .doesNotContain("password");
        var ingest = ProcessHandle.of(pid("ingest")).orElseThrow();
        signal("STOP", ingest);
        assertThat(told("status", 1)).contains("NOT healthy: no answer");
        signal("CONT", ingest);
        assertThat(told("stop", 0)).contains("stopped; the data stay");

        assertThat(stack.waitFor(180, SECONDS)).isTrue();
        assertThat(output(stack)).containsSubsequence("stopping worker", "stopping Redis", "stopping PostgreSQL");
        assertThat(everyProcessOfTheStack()).isEmpty();
        assertThat(told("status", 1)).contains("Nothing runs on " + home());
        assertThat(told("stop", 0)).contains("nothing runs on " + home());
    }

    @Test
    void overTlsItSaysHttpsAndSendTrustsTheCertificateOfTheFileAlone() throws Exception {
        var ca = new CertificateAuthority("CN=Known to nobody");
        var shown = ca.sign("CN=hooks.example.com", Duration.ofDays(90));
        var certificate = Files.writeString(project.resolve("chain.pem"), shown.certificatePem() + ca.pem());
        var key = Files.writeString(project.resolve("key.pem"), shown.keyPem());
        var port = String.valueOf(FreePort.any());
        var stack = up(Map.of(
                "TWOTICK_TLS_PORT", port,
                "TWOTICK_TLS_CERTIFICATE_FILE", certificate.toString(),
                "TWOTICK_TLS_KEY_FILE", key.toString()));

        var webhook = "https://127.0.0.1:" + port + "/webhook";
        await().untilAsserted(() -> assertThat(output(stack))
                .contains("webhook    " + webhook)
                .contains("health     http://127.0.0.1:" + settings.get("TWOTICK_HTTP_PORT") + "/health")
                .contains("curl -ik " + webhook));
        assertThat(told("status", 0)).contains(webhook).contains("healthy: 200").doesNotContain("NOT healthy");
        assertThat(told("send", 0)).containsPattern("text +200 ");

        Files.writeString(
                certificate,
                ca.sign("CN=hooks.example.com", Duration.ofDays(90)).certificatePem());
        assertThat(told("send", 1)).contains("another certificate is shown");
    }

    @Test
    void afterASigkillOfEverythingTheNextUpFindsTheData() throws Exception {
        var first = up(Map.of());
        sql("create table kept as select 42 as answer");
        first.destroyForcibly();
        everyProcessOfTheStack().forEach(ProcessHandle::destroyForcibly);

        up(Map.of());
        assertThat(sql("select answer from kept")).isEqualTo("42");
    }

    @Test
    void whatASigkilledUpLeftBehindIsEndedByTheNext() throws Exception {
        up(Map.of()).destroyForcibly().waitFor();
        var leftBehind = everyProcessOfTheStack();
        assertThat(leftBehind).hasSizeGreaterThanOrEqualTo(4);

        up(Map.of());
        assertThat(leftBehind).noneMatch(process -> isRunning(process.pid()));
    }

    @Test
    void aProcessThatDiesIsStartedAgain() throws Exception {
        var stack = up(Map.of());
        var worker = pid("worker");
        ProcessHandle.of(worker).orElseThrow().destroyForcibly();
        await().ignoreException(NumberFormatException.class) // made, but not filled
                .until(() -> pid("worker") != worker && isRunning(pid("worker")));
        assertThat(output(stack)).contains("worker ended with code 137");
    }

    @Test
    void aProcessThatCannotStartEndsAllAndIsQuoted() throws Exception {
        var failing = start(Map.of("TWOTICK_TEST_FAILING", "1"));
        assertThat(failing.waitFor(180, SECONDS)).isTrue();
        assertThat(failing.exitValue()).isEqualTo(1);
        assertThat(output(failing)).contains("worker ended with code 1").contains("a bad setting, named here");
        assertThat(everyProcessOfTheStack()).isEmpty();
    }

    @Test
    void aTakenPortIsSaidWithTheSettingToChange() throws Exception {
        try (var other = new ServerSocket(
                Integer.parseInt(settings.get("TWOTICK_HTTP_PORT")), 1, InetAddress.getLoopbackAddress())) {
            var refused = start(Map.of());
            assertThat(refused.waitFor(180, SECONDS)).isTrue();
            assertThat(output(refused)).contains("port " + other.getLocalPort()).contains("TWOTICK_HTTP_PORT");
        }
    }

    private Process up(Map<String, String> more) throws IOException {
        var stack = start(more);
        await().until(() -> !stack.isAlive() || Files.exists(home().resolve("run.env")));
        assertThat(stack.isAlive()).as(output(stack)).isTrue();
        return stack;
    }

    private Process start(Map<String, String> more) throws IOException {
        Files.deleteIfExists(home().resolve("run.env"));
        return run(List.of("up", "--no-training"), more);
    }

    /// What a command says, which must end with this code.
    private String told(String command, int code) throws IOException, InterruptedException {
        var process = run(List.of(command), Map.of());
        assertThat(process.waitFor()).as(output(process)).isEqualTo(code);
        return output(process);
    }

    private Process run(List<String> command, Map<String, String> more) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var all = new ArrayList<>(List.of(
                java,
                "-XX:TieredStopAtLevel=1",
                "-Dtwotick.project=" + project,
                "-cp",
                System.getProperty("java.class.path"),
                Devstack.class.getName()));
        all.addAll(command);
        var builder = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(project.resolve("up" + started.size() + ".log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("TWOTICK_"));
        builder.environment().putAll(settings);
        builder.environment().putAll(more);
        var process = builder.start();
        started.add(process);
        return process;
    }

    private String output(Process process) throws IOException {
        return Files.readString(project.resolve("up" + started.indexOf(process) + ".log"));
    }

    private Path home() {
        return project.resolve(".twotick");
    }

    private String sql(String statement) throws SQLException {
        var url = EnvFile.read(home().resolve("run.env")).get("TWOTICK_DATABASE_URL");
        try (var connection = DriverManager.getConnection(url);
                var run = connection.createStatement()) {
            if (!run.execute(statement)) {
                return "";
            }
            run.getResultSet().next();
            return run.getResultSet().getString(1);
        }
    }

    private long pid(String process) throws IOException {
        return Long.parseLong(
                Files.readString(home().resolve("pids/" + process + ".pid")).strip());
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        signal(name, process.toHandle());
    }

    private static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    private List<ProcessHandle> everyProcessOfTheStack() {
        var pidFiles = List.of("pids/ingest.pid", "pids/worker.pid", "postgres/data/postmaster.pid", "redis/redis.pid");
        return pidFiles.stream()
                .flatMap(file -> dev.twotick.stores.LeftBehind.find(home().resolve(file), home().toString()).stream())
                .toList();
    }

    private static boolean isRunning(long pid) {
        return ProcessHandle.of(pid)
                .filter(process -> !dev.twotick.stores.LeftBehind.awaitEnd(process, 0))
                .isPresent();
    }
}
