package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.CertificateAuthority.Signed;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that change under a running ingest.
@WithStores
class CertificateWatchTest {
    @TempDir
    private Path folder;

    private CertificateFiles files;
    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        files = new CertificateFiles(folder);
        running = Running.start(stores, files.settings());
        running.sql("truncate payload_log");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void underLoadNewConnectionsSeeTheNewCertificateAndNoPostIsLost() throws Exception {
        Set<BigInteger> seen = ConcurrentHashMap.newKeySet();
        Traffic kept = new Traffic(4, () -> running.client(Running.SECRET));
        Traffic anew = new Traffic(2, () -> running.client(Running.SECRET), Meta::postAnew);
        for (int renewal = 0; renewal < 3; renewal++) {
            kept.awaitMore(50, 200);
            anew.awaitMore(10, 200);
            Signed next = files.renew();
            await().until(() -> shown().equals(next.certificate()));
            seen.add(shown().getSerialNumber());
        }
        kept.awaitMore(50, 200);
        anew.awaitMore(10, 200);
        kept.end();
        anew.end();
        assertThat(seen).hasSize(3);
        assertThat(kept.answered(503) + anew.answered(503)).isZero();
        assertThat(running.kept()).containsAll(kept.accepted).containsAll(anew.accepted);
        assertThat(running.metrics()).doesNotContain("twotick_ingest_tls_refused_total");
    }

    @Test
    void aConnectionThatIsOpenGoesOnUnderTheOldOne() throws Exception {
        try (RawClient open = Way.TLS.client(running.ingest)) {
            open.say("POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(open.hearStatus()).isEqualTo(401);
            Signed next = files.renew();
            await().until(() -> shown().equals(next.certificate()));
            open.say("POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(open.hearStatus()).isEqualTo(401);
        }
    }

    @Test
    void whileOneFileOfTwoIsNewTheOldCertificateStaysAndHealthSaysSo() throws Exception {
        X509Certificate old = shown();
        Signed next = CertificateFiles.signed();
        Files.writeString(files.certificate, next.certificatePem());
        await().until(() -> running.health().contains("TWOTICK_TLS_KEY_FILE names a file whose key is not that of"));
        assertThat(running.health()).contains("\"degraded\"");
        assertThat(shown()).isEqualTo(old);
        assertThat(running.client(Running.SECRET).post("{}").statusCode()).isEqualTo(200);

        Files.writeString(files.key, next.keyPem());
        await().until(() -> shown().equals(next.certificate()));
        assertThat(running.health()).doesNotContain("TWOTICK_TLS").contains("\"up\"");
    }

    @Test
    void aFileThatIsSpoiledOrGoneTakesNothingDown() throws Exception {
        X509Certificate old = shown();
        String key = Files.readString(files.key);
        Files.writeString(files.key, key.substring(0, key.length() / 2));
        await().until(() -> running.health().contains("holds no unencrypted PKCS#8 key"));
        Files.writeString(files.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        await().until(() -> running.health().contains("holds no certificate that can be read"));
        Files.delete(files.certificate);
        await().until(() -> running.health().contains("names a file that cannot be read (NoSuchFileException)"));
        assertThat(shown()).isEqualTo(old);
        assertThat(running.client(Running.SECRET).post("{}").statusCode()).isEqualTo(200);

        Signed next = files.renew();
        await().until(() -> shown().equals(next.certificate()));
        assertThat(running.health()).contains("\"up\"");
    }

    /// As Kubernetes does it: the folder behind a link is another, at once; the files' own links stay.
    @Test
    void aFolderBehindALinkIsFollowed(Stores stores) throws Exception {
        Path first = Files.createDirectory(folder.resolve("..1"));
        Path second = Files.createDirectory(folder.resolve("..2"));
        new CertificateFiles(first);
        Path data = Files.createSymbolicLink(folder.resolve("..data"), first.getFileName());
        Map<String, String> settings = new HashMap<>(files.settings());
        settings.put(TlsSettings.CERTIFICATE, data.resolve("fullchain.pem").toString());
        settings.put(TlsSettings.KEY, data.resolve("privkey.pem").toString());
        stop();
        running = Running.start(stores, settings);
        Signed next = new CertificateFiles(second).renew();
        Files.move(
                Files.createSymbolicLink(folder.resolve("..new"), second.getFileName()),
                data,
                StandardCopyOption.ATOMIC_MOVE);
        await().until(() -> shown().equals(next.certificate()));
    }

    /// To who comes now.
    private X509Certificate shown() throws Exception {
        try (SSLSocket socket = (SSLSocket)
                CertificateFiles.CA.client().getSocketFactory().createSocket("localhost", running.ingest.tlsPort())) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }
}
