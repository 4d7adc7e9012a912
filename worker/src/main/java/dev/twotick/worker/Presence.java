package dev.twotick.worker;

import static java.util.stream.Collectors.joining;

import dev.twotick.model.process.Loop;
import dev.twotick.model.settings.Build;
import dev.twotick.queue.LivingWorkers;
import dev.twotick.queue.Partition;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/// Says that this worker lives, for whoever looks at the console.
final class Presence implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Presence.class);

    private final LivingWorkers workers;
    private final LivingWorkers.One self;
    private final Thread beats = Loop.thread("presence", this::beat);

    Presence(Partition redis, Set<Worker.Role> roles) {
        workers = new LivingWorkers(redis);
        self = new LivingWorkers.One(
                UUID.randomUUID().toString(),
                Build.VERSION,
                roles.stream()
                        .sorted()
                        .map(role -> role.name().toLowerCase(Locale.ROOT))
                        .collect(joining("+")));
    }

    void start() {
        beats.start();
    }

    private boolean beat() throws InterruptedException {
        try {
            workers.say(self);
        } catch (JedisException e) {
            log.debug("presence=unsaid reason=\"{}\"", e.getMessage());
        }
        Thread.sleep(LivingWorkers.BEAT);
        return true;
    }

    @Override
    public void close() {
        if (!beats.isAlive()) {
            return; // it was never at work
        }
        beats.interrupt();
        try {
            workers.leaves(self);
        } catch (JedisException e) {
            log.debug("presence=unsaid reason=\"{}\"", e.getMessage());
        }
    }
}
