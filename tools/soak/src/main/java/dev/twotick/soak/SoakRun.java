package dev.twotick.soak;

import dev.twotick.devstack.Home;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One run: starts everything, posts, kills, waits until nothing moves any more, and counts.
final class SoakRun implements AutoCloseable {
    private final SoakSettings settings;
    private final Figures figures = new Figures();
    private final SentBook sent = new SentBook();
    private final ReceivedBook received = new ReceivedBook();
    private final StepPlan plan;
    private final HookReceiver receiver;
    private final SoakStack stack;
    private final Traffic traffic;
    private final MetaClient client;
    private final Conductor conductor;
    private final Audit audit = new Audit(sent, received);
    private final Conductor.Diary diary;
    /// The diary, beside the processes' logs.
    private final PrintWriter journal;

    private volatile boolean over;

    /// @param diary hears of each event, and once a second how things are
    SoakRun(SoakSettings settings, Conductor.Diary diary) throws Exception {
        this.settings = settings;
        new Home(settings.folder()).make();
        journal = new PrintWriter(Files.newBufferedWriter(settings.folder().resolve("soak.log")), true);
        this.diary = line -> {
            diary.wrote(line);
            journal.println(LocalTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS) + " " + line);
        };
        var chance = new Random(settings.seed());
        plan = new StepPlan(new Random(chance.nextLong()), settings.shortForm());
        receiver = new HookReceiver(received);
        stack = new SoakStack(settings, receiver.url(), plan, figures);
        traffic = new Traffic(new Random(chance.nextLong()));
        client = new MetaClient(stack.webhookUrl(), settings.rate(), traffic, sent, figures);
        conductor = new Conductor(
                stack, client, sent, traffic, received, figures, new Random(chance.nextLong()), this.diary);
    }

    Report run() throws Exception {
        return run(
                switch (settings.ordeal()) {
                    case KILLS ->
                        settings.shortForm() ? c -> c.conductShortly(settings.time()) : c -> c.conduct(settings.time());
                    case SENTINELS, CLUSTER -> c -> c.conductFailovers(settings.time());
                    case SITES -> c -> c.conductSiteLosses(settings.time());
                });
    }

    /// What is done while the client posts.
    interface Script {
        void play(Conductor conductor) throws Exception;
    }

    Report run(Script script) throws Exception {
        var progress = Thread.ofPlatform().daemon().name("progress").start(this::tellProgress);
        try {
            stack.start();
            client.start();
            script.play(conductor);
            diary.wrote("settling");
            client.stopNew();
            stack.calm();
            boolean settled = settle();
            var result = compare();
            var differences = new ArrayList<>(figures.wrongs());
            differences.addAll(result.lost());
            differences.addAll(result.doubled());
            if (!settled) {
                differences.add("not settled after " + settings.patience());
            }
            return new Report(settings.seed(), sent, received, figures, result, client.failures(), differences);
        } finally {
            over = true;
            progress.join();
        }
    }

    /// Each step that nothing was killed at yet.
    StepPlan plan() {
        return plan;
    }

    Audit.Result compare() throws SQLException {
        try (var db = stack.connect()) {
            return audit.compare(db);
        }
    }

    Connection connect() throws SQLException {
        return stack.connect();
    }

    private boolean settle() throws InterruptedException {
        long end = System.nanoTime() + settings.patience().toNanos();
        int settled = 0; // looks in a row: between two of them upkeep moves what was parked
        while (System.nanoTime() < end) {
            try (var db = stack.connect()) {
                settled = audit.isSettled(db) && stack.parked() == 0 ? settled + 1 : 0;
                if (settled == 2) {
                    return true;
                }
            } catch (SQLException notYet) {
                diary.wrote("PostgreSQL does not answer yet: " + notYet.getMessage());
            }
            Thread.sleep(500);
        }
        return false;
    }

    private void tellProgress() {
        long begin = System.nanoTime();
        try {
            while (!over) {
                Thread.sleep(1_000);
                var time = Duration.ofNanos(System.nanoTime() - begin);
                diary.wrote("%02d:%02d · posted %d · 200 %d · kills %d · owed %d · received %d"
                        .formatted(
                                time.toMinutes(),
                                time.toSecondsPart(),
                                sent.posts(),
                                sent.accepted(),
                                figures.killsInAll(),
                                Math.max(0, sent.owed() - received.facts()),
                                received.calls()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        for (var one : List.<AutoCloseable>of(client, stack, receiver, journal)) {
            try {
                one.close();
            } catch (Exception e) {
                diary.wrote("did not end in order: " + e);
            }
        }
    }
}
