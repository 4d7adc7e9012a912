package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.hash.Sha256;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tokens that Meta may say: those of active accounts, and the installation's. The accounts' are kept in memory, so
/// that a handshake succeeds while PostgreSQL is away.
final class VerifyTokens {
    private static final Logger log = LoggerFactory.getLogger(VerifyTokens.class);

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final DataSource pool;
    private final StoreWatch watch;
    private volatile List<byte[]> installations = List.of();
    private final Semaphore noting = new Semaphore(1);
    private volatile List<byte[]> accounts = List.of();
    private long readAt = System.nanoTime();

    VerifyTokens(DataSource pool, StoreWatch watch, List<String> installations) {
        this.pool = pool;
        this.watch = watch;
        use(installations);
    }

    /// From now on instead of those before.
    void use(List<String> installations) {
        this.installations =
                installations.stream().map(token -> token.getBytes(UTF_8)).toList();
    }

    /// Without looking anywhere.
    boolean knows(String token) {
        return noted(token.getBytes(UTF_8));
    }

    /// Looks into the table again before it says no: the token may be a minute old, or a second.
    boolean findsNow(String token) throws InterruptedException {
        long asked = System.nanoTime();
        if (watch.postgres().answers()) {
            // a PostgreSQL that hangs would take longer than the four seconds of an answer
            Thread.ofVirtual().start(() -> refreshSince(asked)).join(PATIENCE);
        }
        return knows(token);
    }

    private boolean noted(byte[] said) {
        boolean accepted = isOneOf(said);
        if (accepted) {
            note(said);
        }
        return accepted;
    }

    /// For whoever looks whether Meta has come; its answer does not wait for that, nor does it depend on it.
    private void note(byte[] said) {
        if (watch.postgres().answers()) {
            byte[] which = isOneOf(installations, said) ? new byte[0] : Sha256.of(said);
            if (noting.tryAcquire()) { // one that is left out is as new as the one that is being written
                Thread.ofVirtual().start(() -> write(which));
            }
        }
    }

    private void write(byte[] which) {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        insert into handshake (token_hash, accepted_at) values (?, now())
                        on conflict (token_hash) do update
                        set accepted_at = greatest(handshake.accepted_at, excluded.accepted_at)
                        """)) {
            insert.setBytes(1, which);
            insert.executeUpdate();
        } catch (SQLException e) {
            log.debug("handshake=not_noted sqlstate={}", e.getSQLState());
        } finally {
            noting.release();
        }
    }

    /// Reads the accounts' tokens; keeps the ones it has when PostgreSQL does not answer.
    void refresh() {
        refreshSince(System.nanoTime());
    }

    /// One reader at a time; those who waited for it share what it found. So a flood of wrong tokens costs one
    /// connection, and no more.
    private synchronized void refreshSince(long asked) {
        if (readAt - asked > 0) {
            return;
        }
        readAt = System.nanoTime();
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement(
                        "select verify_token from account where active and verify_token <> ''");
                ResultSet rows = select.executeQuery()) {
            List<byte[]> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1).getBytes(UTF_8));
            }
            accounts = List.copyOf(found);
        } catch (SQLException e) {
            log.debug("verify_tokens=kept sqlstate={}", e.getSQLState());
        }
    }

    /// Compares with every one, so that the time tells nothing about where it matched.
    private boolean isOneOf(byte[] said) {
        boolean installationsOwn = isOneOf(installations, said);
        boolean anAccounts = isOneOf(accounts, said);
        return installationsOwn || anAccounts;
    }

    private static boolean isOneOf(List<byte[]> tokens, byte[] said) {
        boolean match = false;
        for (byte[] token : tokens) {
            match |= MessageDigest.isEqual(token, said);
        }
        return match;
    }
}
