package dev.twotick.queue;

import redis.clients.jedis.exceptions.JedisConnectionException;

/// No Sentinel says who the master is, or whoever it says is none yet. Its message is for people, and holds no secret.
public final class NoMaster extends JedisConnectionException {
    private static final long serialVersionUID = 1;

    NoMaster(String message) {
        super(message);
    }
}
