package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ATTEMPT;
import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.settings.Cidr;
import dev.twotick.stores.Stores;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Unsaid;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jooq.DSLContext;

/// A migrated database with hook tables, for tests: what an operator and an earlier worker would have put there.
public final class HookTables implements AutoCloseable {
    public static final String SECRET_TEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
    public static final HookSecret SECRET = HookSecret.parse(SECRET_TEXT);
    public static final SecretBox BOX = new SecretBox("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");

    private final HikariDataSource pool;
    public final DSLContext db;

    public HookTables(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()),
                "test",
                10,
                Duration.ofSeconds(10));
        Migrations.migrate(pool);
        db = Database.jooq(pool);
    }

    /// Loopback is open. A call that takes longer than its timeout is rightly made again: what an idle machine answers
    /// in a millisecond may take a busy one seconds, and tests count calls.
    public static HookSettings settings() {
        return settings(Duration.ofSeconds(20), Duration.ofSeconds(60), List.of(Cidr.parse("127.0.0.0/8")));
    }

    /// For tests that wait for the end of a call's time, or of its lease.
    public static HookSettings hasty() {
        return settings(Duration.ofSeconds(1), Duration.ofSeconds(4), List.of(Cidr.parse("127.0.0.0/8")));
    }

    public static HookSettings settings(Duration timeout, Duration lease, List<Cidr> nets) {
        return new HookSettings(
                new Unsaid("environment"), Optional.of(BOX), nets, timeout, timeout, lease, 512, 64, List::of);
    }

    /// As an endpoint's is read.
    public static URI url(String text) {
        return HookUrl.parse(text);
    }

    public UUID endpoint(String name, String url, String... globs) {
        UUID id = UUID.randomUUID();
        db.insertInto(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ID, id)
                .set(HOOK_ENDPOINT.NAME, name)
                .set(HOOK_ENDPOINT.URL, url)
                .set(HOOK_ENDPOINT.SECRET, BOX.seal(SECRET))
                .set(HOOK_ENDPOINT.EVENTS, globs.length == 0 ? new String[] {"*"} : globs)
                .execute();
        return id;
    }

    public static HookEvent event(String type, String factKey) {
        return new HookEvent(
                type, factKey, null, null, Instant.parse("2026-11-21T10:00:00Z"), "{\"text\":\"héllo 👋\"}");
    }

    public static List<HookEvent> events(String type, int count) {
        return IntStream.range(0, count).mapToObj(i -> event(type, "fact " + i)).toList();
    }

    /// As `apply` does it: in a transaction of its own.
    public List<OwedCall> enqueue(HookSettings settings, List<HookEvent> events, int leaseUpTo) {
        return db.transactionResult(tx -> new Outbox(settings.lease()).enqueue(tx.dsl(), events, leaseUpTo));
    }

    /// With so many bytes free for their bodies.
    public List<OwedCall> enqueue(
            LongSupplier freeBytes, HookSettings settings, List<HookEvent> events, int leaseUpTo) {
        return db.transactionResult(tx -> new Outbox(settings.lease(), freeBytes).enqueue(tx.dsl(), events, leaseUpTo));
    }

    public int deliveries() {
        return db.fetchCount(HOOK_DELIVERY);
    }

    /// The outcomes of all attempts, in order.
    public List<String> attempts() {
        return db.selectFrom(HOOK_ATTEMPT).orderBy(HOOK_ATTEMPT.ID).fetch(HOOK_ATTEMPT.OUTCOME);
    }

    public List<String> errors() {
        return db.selectFrom(HOOK_ATTEMPT).orderBy(HOOK_ATTEMPT.ID).fetch(HOOK_ATTEMPT.ERROR);
    }

    public List<String> eventTypes() {
        return db.resultQuery("select type from hook_event order by raised_at, type")
                .fetch(0, String.class);
    }

    public void clear() {
        db.execute("truncate hook_endpoint, hook_delivery, hook_page, hook_attempt, hook_resend");
    }

    @Override
    public void close() {
        pool.close();
    }
}
