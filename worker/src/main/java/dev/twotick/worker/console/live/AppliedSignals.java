package dev.twotick.worker.console.live;

import dev.twotick.model.process.Backoff;
import dev.twotick.model.process.Loop;
import dev.twotick.queue.Partition;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKeys;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/// Hears from Redis that some worker has applied something. Redis promises nothing of what it publishes, and
/// nothing is expected of it but to be quick.
final class AppliedSignals {
    private static final Logger log = LoggerFactory.getLogger(AppliedSignals.class);
    private static final Duration SILENCE = Duration.ofSeconds(10); // over what lies between two of our pings

    private final Partition redis;
    private final Runnable signalled;
    private final Thread thread;
    private final Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2));
    private volatile @Nullable Connection connection;
    private volatile @Nullable Subscription subscription;
    private volatile boolean ended;
    private boolean heard = true;

    /// A new one for each connection: one whose connection broke still says that it is subscribed.
    private final class Subscription extends JedisPubSub {
        private boolean begun;

        @Override
        public void onSubscribe(String channel, int channels) {
            if (!begun) { // else it is what answers a ping
                begun = true;
                backoff.over();
                heard = true;
                signalled.run(); // what was applied meanwhile
            }
        }

        @Override
        public void onMessage(String channel, String message) {
            signalled.run();
        }
    }

    AppliedSignals(RedisConnections connections, Runnable signalled) {
        this.redis = connections.openBlocking("twotick-live", SILENCE, 0);
        this.signalled = signalled;
        this.thread = Loop.thread("live-signals", this::listen);
    }

    void start() {
        thread.start();
    }

    private boolean listen() throws InterruptedException {
        try (Connection own = redis.redis().getPool().getResource()) {
            connection = own;
            if (!ended) {
                Subscription current = new Subscription();
                subscription = current;
                current.proceed(own, RedisKeys.APPLIED);
            }
        } catch (JedisException e) {
            if (heard && !ended) {
                heard = false;
                log.warn("live=polling redis=\"{}\": frames come later, and none is lost", e.getMessage());
            }
        }
        connection = null;
        subscription = null;
        if (!ended) {
            backoff.pause();
        }
        return !ended;
    }

    /// So that a connection that died in silence is noticed: without an answer it times out. A subscription that is
    /// there is answered as a new one. A PING of Jedis' may be answered before it waits for that, and ends its
    /// subscription then: findings/jedis-ping-of-a-subscription-races-its-answer.sh.
    void ping() {
        Subscription current = subscription;
        try {
            if (current != null && current.isSubscribed()) {
                current.subscribe(RedisKeys.APPLIED);
            }
        } catch (JedisException e) {
            // whoever reads from it notices too
        }
    }

    void stop() throws InterruptedException {
        ended = true;
        thread.interrupt();
        Connection open = connection;
        if (open != null) {
            try {
                open.forceDisconnect(); // what it reads from ends there
            } catch (IOException e) {
                log.debug("live=closed redis=\"{}\"", e.getMessage());
            }
        }
        if (thread.isAlive()) {
            thread.join(Duration.ofSeconds(2));
        }
        redis.close();
    }
}
