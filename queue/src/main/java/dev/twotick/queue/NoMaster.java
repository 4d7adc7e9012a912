package dev.twotick.queue;

import redis.clients.jedis.exceptions.JedisConnectionException;

/// Nobody who should know says who the master is, or whoever it is said to be is none yet. Its message is for
/// people, and holds no secret.
public final class NoMaster extends JedisConnectionException {
    private static final long serialVersionUID = 1;

    NoMaster(String message) {
        super(message);
    }
}
