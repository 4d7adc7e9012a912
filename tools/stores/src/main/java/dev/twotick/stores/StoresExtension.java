package dev.twotick.stores;

import java.net.URI;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import redis.clients.jedis.Jedis;

/// Behind [WithStores]: one pair of servers for a JVM, a new database and an emptied Redis for each test class (nested
/// classes share their outer class's).
public final class StoresExtension implements BeforeAllCallback, ParameterResolver, TestInstancePostProcessor {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(StoresExtension.class);
    private static final AtomicInteger databases = new AtomicInteger();

    @Override
    public void beforeAll(ExtensionContext context) throws SQLException {
        if (context.getEnclosingTestClasses().isEmpty()) {
            context.getStore(OURS).put(Stores.class, fresh(TestStores.running(), context.getRequiredTestClass()));
        }
    }

    private static Stores fresh(StorePair pair, Class<?> test) throws SQLException {
        pair.startPostgres();
        pair.startRedis();
        var name = "t" + databases.incrementAndGet() + "_"
                + test.getSimpleName().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "");
        try (var connection = new Stores(pair, "postgres").connect();
                var statement = connection.createStatement()) {
            statement.execute("create database \"" + name.substring(0, Math.min(63, name.length())) + "\"");
        }
        try (var jedis = new Jedis(URI.create(pair.redisUrl()))) {
            jedis.flushAll();
        }
        return new Stores(pair, name.substring(0, Math.min(63, name.length())));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Stores.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return stores(context);
    }

    @Override
    public void postProcessTestInstance(Object test, ExtensionContext context) throws IllegalAccessException {
        for (var field : Arrays.stream(test.getClass().getDeclaredFields())
                .filter(field ->
                        field.getType() == Stores.class && !java.lang.reflect.Modifier.isFinal(field.getModifiers()))
                .toList()) {
            field.setAccessible(true);
            field.set(test, stores(context));
        }
    }

    private static Stores stores(ExtensionContext context) {
        return Objects.requireNonNull(context.getStore(OURS).get(Stores.class, Stores.class), "beforeAll did not run");
    }
}
