package dev.twotick.browser;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.jooq.impl.DSL.val;

import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.worker.Worker;
import dev.twotick.worker.WorkerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.DSLContext;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.XAddParams;

/// A worker with all roles on stores of its own, what Meta would send to it, and a receiver of hook calls.
final class Twotick implements AutoCloseable {
    /// Opens `/sign-in?link=` for the operator, once.
    static final String LINK = "a-link-that-the-browser-opens-once";

    private static final String NUMBER = "106540352242922";

    final DSLContext db;
    final AtomicInteger calls = new AtomicInteger();
    private final HikariDataSource pool;
    private final RedisClient redis;
    private final Worker worker;
    private final HttpServer receiver;

    Twotick(Stores stores) throws IOException, InterruptedException {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 2, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        redis = new RedisConnections(URI.create(stores.redisUrl()))
                .openFirst("test", 2, Duration.ofSeconds(30))
                .redis();
        redis.flushAll();
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            calls.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        Map<String, String> environment = new HashMap<>();
        environment.put("TWOTICK_DATABASE_URL", stores.jdbcUrl());
        environment.put("TWOTICK_DATABASE_USER", stores.user());
        environment.put("TWOTICK_DATABASE_PASSWORD", stores.password());
        environment.put("TWOTICK_REDIS_URL", stores.redisUrl());
        environment.put("TWOTICK_WORKER_PORT", "0");
        environment.put("TWOTICK_CONSOLE_PORT", "0");
        environment.put("TWOTICK_CONSOLE_SIGN_IN", LINK);
        environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        worker = new Worker(WorkerSettings.read(environment), EnumSet.complementOf(EnumSet.of(Worker.Role.MEDIA)));
        worker.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + worker.consolePort() + path;
    }

    String receiverUrl() {
        return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
    }

    /// A message as Meta sends it, applied.
    ///
    /// @param name as JSON has it, without the quotes; the text likewise
    PayloadId text(String from, String name, String wamid, Instant at, String text) {
        return items(from, name, """
            {"from":"%s","id":"%s","timestamp":"%d","type":"text","text":{"body":"%s"}}\
            """.formatted(from, wamid, at.getEpochSecond(), text));
    }

    PayloadId items(String from, String name, String messages) {
        return receive("""
            {"field":"messages","value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},\
            "contacts":[{"profile":{"name":"%s"},"wa_id":"%s"}],"messages":[%s]}}\
            """.formatted(NUMBER, name, from, messages));
    }

    /// What the business wrote itself, in the app.
    void echo(String to, String wamid, Instant at, String text) {
        receive("""
            {"field":"smb_message_echoes","value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},\
            "message_echoes":[{"from":"15550783881","to":"%s","id":"%s","timestamp":"%d","type":"text",\
            "text":{"body":"%s"}}]}}\
            """.formatted(NUMBER, to, wamid, at.getEpochSecond(), text));
    }

    void status(String to, String wamid, String status, Instant at) {
        receive("""
            {"field":"messages","value":{"messaging_product":"whatsapp",\
            "metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},\
            "statuses":[{"id":"%s","status":"%s","timestamp":"%d","recipient_id":"%s"}]}}\
            """.formatted(NUMBER, wamid, status, at.getEpochSecond(), to));
    }

    private PayloadId receive(String change) {
        byte[] body = """
            {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[%s]}]}\
            """.formatted(change).getBytes(UTF_8);
        PayloadId id = PayloadId.at(Instant.now());
        db.insertInto(PAYLOAD_LOG)
                .values(id.value(), Instant.now(), body, new byte[32], "app")
                .execute();
        redis.xadd(
                RedisKeys.ALONE.payloads().getBytes(UTF_8),
                XAddParams.xAddParams(),
                QueuedPayload.fresh(id, Instant.now(), body, "app").toFields());
        await().until(() -> db.fetchSingle("select state = 'processed' from payload where id = {0}", val(id.value()))
                .get(0, Boolean.class));
        return id;
    }

    @Override
    public void close() {
        worker.close();
        receiver.stop(0);
        redis.close();
        pool.close();
    }
}
