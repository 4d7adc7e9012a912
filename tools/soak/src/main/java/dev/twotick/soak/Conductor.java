package dev.twotick.soak;

import dev.twotick.soak.MetaClient.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Does one thing after another to a running stack, and finds out how soon it has healed. Steps strike meanwhile.
final class Conductor {
    private static final Duration LONGEST_HEALING = Duration.ofMinutes(10);

    private final SoakStack stack;
    private final MetaClient client;
    private final SentBook sent;
    private final Traffic traffic;
    private final ReceivedBook received;
    private final Figures figures;
    private final Random random;
    private final Diary diary;
    private final SuspectStorm storm;

    /// Hears what was done.
    interface Diary {
        void wrote(String line);
    }

    private interface Event {
        void happen() throws Exception;
    }

    Conductor(
            SoakStack stack,
            MetaClient client,
            SentBook sent,
            Traffic traffic,
            ReceivedBook received,
            Figures figures,
            Random random,
            Diary diary) {
        this.stack = stack;
        this.client = client;
        this.sent = sent;
        this.traffic = traffic;
        this.received = received;
        this.figures = figures;
        this.random = random;
        this.diary = diary;
        this.storm = new SuspectStorm(stack, figures);
    }

    /// Everything, in an order of chance, and again, until the time is over.
    void conduct(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (true) {
            List<Event> events = new ArrayList<>();
            for (var outage : StoreOutage.values()) {
                events.add(() -> outage(outage, Duration.ofMillis(random.nextInt(1_000, 6_000))));
            }
            events.add(this::rollingRestart);
            for (int i = 0; i < 3; i++) {
                events.addAll(kills());
                events.add(this::killEverything);
            }
            events.add(this::suspectStorm);
            Collections.shuffle(events, random);
            for (var event : events) {
                if (System.nanoTime() > end) {
                    return;
                }
                event.happen();
                Thread.sleep(random.nextInt(2_000));
            }
        }
    }

    /// One kill of each kind and some outages, then what is needed until each step was struck.
    void conductShortly(Duration atMost) throws Exception {
        long end = System.nanoTime() + atMost.toNanos();
        rollingRestart();
        stack.goOn();
        for (var kill : kills()) {
            kill.happen();
        }
        killEverything();
        for (var outage : List.of(
                StoreOutage.POSTGRES_DOWN,
                StoreOutage.REDIS_HUNG,
                StoreOutage.READ_ONLY,
                StoreOutage.REDIS_EMPTY,
                StoreOutage.GROUP_GONE,
                StoreOutage.FOREIGN_ENTRIES,
                StoreOutage.POSTGRES_HUNG)) {
            armWhatIsNot();
            outage(outage, Duration.ofSeconds(2));
        }
        while (!stack.plan.left().isEmpty() && System.nanoTime() < end) {
            var left = stack.plan.left();
            diary.wrote("steps left: " + left);
            armWhatIsNot();
            // what Redis keeps for the log, and log rows that were never pushed, are made by an outage of the one and
            // of the other
            boolean unpushed = left.contains(Step.REQUEUE_BEFORE) || left.contains(Step.REQUEUE_AFTER);
            boolean unlogged = left.stream()
                    .anyMatch(step ->
                            step.name().startsWith("PARK") || step.name().startsWith("MOVE"));
            if (left.contains(Step.ALONE_BEFORE) || left.contains(Step.ALONE_AFTER)) {
                storm.makeSuspects();
                heal("suspects", "suspects are made");
            }
            if (unlogged) {
                outage(StoreOutage.POSTGRES_DOWN, Duration.ofSeconds(3));
            }
            if (unpushed) {
                outage(StoreOutage.REDIS_DOWN, Duration.ofSeconds(2));
                Thread.sleep(5_000); // a look at the log takes that long
            }
            Thread.sleep(1_000);
        }
    }

    /// Another Redis becomes the master, in every way, and again, until the time is over.
    void conductFailovers(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        stack.plan.calm(); // a store that a step asks for would wait for the end of a failover
        while (true) {
            var failovers = new ArrayList<>(Arrays.stream(Failover.values())
                    .filter(failover -> stack.isCluster() || !failover.isOfAClusterAlone())
                    .toList());
            Collections.shuffle(failovers, random);
            for (var failover : failovers) {
                if (System.nanoTime() > end) {
                    return;
                }
                heal("calm", "calm before " + failover.title());
                stack.withStores(() -> {
                    stack.replicated().awaitReplicas();
                    stack.aim(random);
                    stack.replicated().late(Duration.ofMillis(random.nextBoolean() ? 5 : 60));
                    failover.happen(stack, () -> heal(failover.title(), failover.title()));
                });
            }
        }
    }

    /// All that there is dies at once, and a standby takes over, one that commits wait for or one that is late, until
    /// the time is over.
    void conductSiteLosses(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        stack.plan.calm();
        while (System.nanoTime() < end) {
            var losses = new ArrayList<>(List.of(SiteLoss.values()));
            Collections.shuffle(losses, random);
            for (var loss : losses) {
                heal("calm", "calm before " + loss.title());
                stack.withStores(() -> {
                    var lost = loss.happen(stack, sent, Duration.ofMillis(random.nextInt(2_000, 5_000)));
                    figures.lostWithSite(loss.title(), lost.size());
                    heal(loss.title(), "%s: %d of the answered lost".formatted(loss.title(), lost.size()));
                    lost.forEach(client::send);
                });
            }
        }
    }

    /// A process that started in calm lives on unarmed.
    private void armWhatIsNot() {
        stack.processes().stream()
                .filter(process -> !process.isArmed() && stack.plan.hasLeft(process.role()))
                .forEach(this::kill);
    }

    private List<Event> kills() {
        return List.of(
                () -> kill(stack.ingest),
                () -> kill(stack.workers.get(0)),
                () -> kill(stack.workers.get(1)),
                () -> killStore("Redis", stack.redis()::kill, stack.redis()::startAgain),
                () -> killStore("PostgreSQL", stack.postgres::kill, stack.postgres::startAgain));
    }

    private void kill(RestartedProcess process) {
        process.kill();
        diary.wrote("SIGKILL to " + process.name());
    }

    private void killEverything() throws Exception {
        storm.killEverything();
        heal("SIGKILL to everything", "SIGKILL to everything");
    }

    private void suspectStorm() throws Exception {
        storm.makeSuspects();
        storm.killWhileSuspectsAreAlone(4);
        heal("SIGKILL while suspects are alone", "SIGKILL while suspects are alone");
    }

    /// Nothing but kills while suspects are alone.
    void conductSuspectStorm() throws Exception {
        heal("start", "started");
        storm.makeSuspects();
        storm.killWhileSuspectsAreAlone(5);
    }

    private void killStore(String store, Runnable kill, Runnable start) throws Exception {
        stack.withStores(() -> {
            kill.run();
            figures.killed(store);
            Thread.sleep(random.nextInt(1_000));
            start.run();
        });
        heal("SIGKILL to " + store, "SIGKILL to " + store);
    }

    private void outage(StoreOutage outage, Duration time) throws Exception {
        long begin = System.nanoTime();
        stack.withStores(() -> outage.happen(stack, time));
        heal(outage.title(), "%s, %.1f s".formatted(outage.title(), (System.nanoTime() - begin) / 1e9));
    }

    /// Posts fresh probes until one of them has come out at the other end.
    private void heal(String kind, String line) throws InterruptedException {
        long begin = System.nanoTime();
        List<String> awaited = new ArrayList<>();
        int volley = stack.isCluster() ? 12 : 1;
        long nextProbe = begin;
        while (awaited.stream().noneMatch(received::has)) {
            long now = System.nanoTime();
            if (now - begin > LONGEST_HEALING.toNanos()) {
                figures.wrong("not healed " + LONGEST_HEALING.toSeconds() + " s after " + line);
                return;
            }
            if (now >= nextProbe) {
                for (int n = 0; n < volley; n++) {
                    var probe = traffic.probe();
                    awaited.add(probe.items().getFirst().owes().getFirst());
                    client.send(probe);
                }
                nextProbe = now + 300_000_000L;
            }
            Thread.sleep(10);
        }
        var took = Duration.ofNanos(System.nanoTime() - begin);
        figures.healed(kind, took);
        diary.wrote("%s; healed in %.1f s".formatted(line, took.toMillis() / 1e3));
        if (volley > 1) {
            healWholly(kind, awaited, begin);
        }
    }

    /// Until what was posted at the worst moment has come out as well, whichever partition it was for.
    private void healWholly(String kind, List<String> awaited, long begin) throws InterruptedException {
        while (!awaited.stream().allMatch(received::has)) {
            if (System.nanoTime() - begin > LONGEST_HEALING.toNanos()) {
                figures.wrong("not wholly healed " + LONGEST_HEALING.toSeconds() + " s after " + kind);
                return;
            }
            Thread.sleep(10);
        }
        var took = Duration.ofNanos(System.nanoTime() - begin);
        figures.healed(kind + ", wholly", took);
        diary.wrote("wholly healed in %.1f s".formatted(took.toMillis() / 1e3));
    }

    /// SIGTERM to each in turn, with traffic and without anything else: the client sees nothing but refused
    /// connections.
    void rollingRestart() throws Exception {
        stack.calm();
        heal("calm", "calm before a rolling restart");
        var before = client.failures();
        for (var process : stack.processes()) {
            process.restartInOrder();
        }
        var after = client.failures();
        for (var failure : List.of(Failure.CUT_OFF, Failure.UNAVAILABLE_503, Failure.LATE)) {
            int more = count(after, failure) - count(before, failure);
            if (more > 0) {
                var wrong = "%d posts %s during a rolling restart".formatted(more, failure);
                figures.wrong(wrong);
                diary.wrote(wrong);
            }
        }
        diary.wrote("rolling restart; refused connections "
                + (count(after, Failure.REFUSED) - count(before, Failure.REFUSED)));
        stack.goOn();
    }

    private static int count(Map<Failure, Integer> failures, Failure failure) {
        return failures.getOrDefault(failure, 0);
    }
}
