package dev.twotick.stores;

import com.github.dockerjava.api.exception.NotModifiedException;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/// Containers. Their host ports are chosen here and not by the engine, which would choose anew at each start.
final class ContainerPair implements StorePair {
    private static final String PASSWORD = "test";

    private final int postgresPort = FreePort.any();
    private final int redisPort = FreePort.any();
    private final String postgresImage;
    private final String redisImage;
    private final GenericContainer<?> postgres;
    private final GenericContainer<?> redis;

    @SuppressWarnings("resource") // closed by close()
    ContainerPair() {
        postgresImage = Images.postgres();
        redisImage = Images.redis();
        postgres = new GenericContainer<>(DockerImageName.parse(postgresImage))
                .withEnv("POSTGRES_USER", LocalPostgres.USER)
                .withEnv("POSTGRES_PASSWORD", PASSWORD)
                .withCommand("postgres", "-c", "max_connections=200");
        redis = new GenericContainer<>(DockerImageName.parse(redisImage))
                .withCommand("redis-server", "--appendonly", "yes", "--appendfsync", "always", "--save", "");
        postgres.setPortBindings(List.of("127.0.0.1:" + postgresPort + ":5432"));
        redis.setPortBindings(List.of("127.0.0.1:" + redisPort + ":6379"));
        postgres.start();
        redis.start();
        Answers.awaitPostgres(this);
        Answers.awaitRedis(redisUrl());
    }

    @Override
    public String description() {
        return "containers of " + postgresImage + " (port " + postgresPort + ") and " + redisImage + " (port "
                + redisPort + ")";
    }

    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgresPort + "/" + database;
    }

    @Override
    public String user() {
        return LocalPostgres.USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    @Override
    public String redisUrl() {
        return "redis://127.0.0.1:" + redisPort;
    }

    @Override
    public void stopRedis() {
        stop(redis, "SIGTERM");
    }

    @Override
    public void startRedis() {
        start(redis);
        Answers.awaitRedis(redisUrl()); // of this one alone: the other may be stopped, and is to stay so
    }

    @Override
    public void killRedis() {
        stop(redis, "SIGKILL");
    }

    @Override
    public void pauseRedis() {
        pause(redis);
    }

    @Override
    public void resumeRedis() {
        resume(redis);
    }

    @Override
    public void stopPostgres() {
        stop(postgres, "SIGINT");
    }

    @Override
    public void startPostgres() {
        start(postgres);
        Answers.awaitPostgres(this);
    }

    @Override
    public void killPostgres() {
        stop(postgres, "SIGKILL");
    }

    @Override
    public void pausePostgres() {
        pause(postgres);
    }

    @Override
    public void resumePostgres() {
        resume(postgres);
    }

    private static void pause(GenericContainer<?> container) {
        if (!isPaused(container)) {
            container
                    .getDockerClient()
                    .pauseContainerCmd(container.getContainerId())
                    .exec();
        }
    }

    private static void resume(GenericContainer<?> container) {
        if (isPaused(container)) {
            container
                    .getDockerClient()
                    .unpauseContainerCmd(container.getContainerId())
                    .exec();
        }
    }

    private static boolean isPaused(GenericContainer<?> container) {
        return Boolean.TRUE.equals(
                container.getCurrentContainerInfo().getState().getPaused());
    }

    private static void stop(GenericContainer<?> container, String signal) {
        resume(container);
        if (container.isRunning()) {
            var docker = container.getDockerClient();
            docker.killContainerCmd(container.getContainerId())
                    .withSignal(signal)
                    .exec();
            docker.waitContainerCmd(container.getContainerId()).start().awaitStatusCode();
        }
    }

    private static void start(GenericContainer<?> container) {
        resume(container);
        try {
            container
                    .getDockerClient()
                    .startContainerCmd(container.getContainerId())
                    .exec();
        } catch (NotModifiedException _) {
            // it runs already
        }
    }

    @Override
    public void close() {
        postgres.stop();
        redis.stop();
    }
}
