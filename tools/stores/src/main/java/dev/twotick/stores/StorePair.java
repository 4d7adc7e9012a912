package dev.twotick.stores;

/// The two servers of this JVM's tests. Every verb may be said at any time: stopping what is stopped and starting what
/// runs do nothing. A start returns when the server answers. Stopping or starting what is paused resumes it first.
sealed interface StorePair extends AutoCloseable permits EmbeddedPair, ContainerPair {

    /// For the line that tells which kind the tests use.
    String description();

    String jdbcUrl(String database);

    String user();

    String password();

    String redisUrl();

    void stopRedis();

    void startRedis();

    void killRedis();

    void pauseRedis();

    void resumeRedis();

    void stopPostgres();

    void startPostgres();

    void killPostgres();

    void pausePostgres();

    void resumePostgres();

    @Override
    void close();
}
