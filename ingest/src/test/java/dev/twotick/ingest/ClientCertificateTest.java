package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.CertificateAuthority.Signed;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Meta's certificate, asked for and judged.
@WithStores
class ClientCertificateTest {
    private static final Duration YEAR = Duration.ofDays(365);

    @TempDir
    private Path folder;

    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        running = Running.start(stores, new CertificateFiles(folder).mutual());
        running.sql("truncate payload_log");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    /// The second comes on a session of the first, in which the certificate is not shown again.
    @Test
    void metasIsTakenAlsoWhenASessionIsResumed() throws Exception {
        SSLContext metas = showing(CertificateFiles.META_CA.sign(CertificateFiles.META, YEAR));
        assertThat(running.client(metas).post("one").statusCode()).isEqualTo(200);
        assertThat(running.client(metas).post("two").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).containsExactly("one", "two");
    }

    @Test
    void whoShowsNoneMayCheckTheCallbackAndNotPost() throws Exception {
        Meta stranger = running.client(CertificateFiles.CA.client());
        assertThat(stranger.post("{}").statusCode()).isEqualTo(403);
        assertThat(running.bodies()).isEmpty();
        assertThat(running.metrics()).contains("posts_total{outcome=\"no client certificate\",status=\"403\"} 1");
        assertThat(stranger.handshake(Map.of(
                                "hub.mode", "subscribe", "hub.challenge", "42", "hub.verify_token", Running.TOKEN))
                        .body())
                .isEqualTo("42");
        URI ready = URI.create("https://localhost:" + running.ingest.tlsPort() + "/ready");
        assertThat(new Meta(ready, "").get("").statusCode()).isEqualTo(200);
    }

    @Test
    void anotherNameOfTheSameAuthorityMayNotPost() throws Exception {
        Meta other = running.client(
                showing(CertificateFiles.META_CA.sign("CN=other.example,OU=client.webhooks.fbclientcerts.com", YEAR)));
        assertThat(other.post("{}").statusCode()).isEqualTo(403);
        assertThat(running.bodies()).isEmpty();
        assertThat(running.metrics())
                .contains("posts_total{outcome=\"client certificate of another\",status=\"403\"} 1");
    }

    @Test
    void theRightNameOfAnotherAuthorityDoesNotGetIn() throws Exception {
        CertificateAuthority forger = new CertificateAuthority(
                CertificateFiles.META_CA.certificate.getSubjectX500Principal().getName());
        doesNotGetIn(forger.sign(CertificateFiles.META, YEAR));
    }

    @Test
    void whatHasEndedDoesNotGetIn() throws Exception {
        doesNotGetIn(CertificateFiles.META_CA.sign(CertificateFiles.META, Duration.ofDays(-1)));
    }

    private void doesNotGetIn(Signed certificate) throws Exception {
        Meta client = running.client(showing(certificate));
        assertThatThrownBy(() -> client.post("{}")).isInstanceOf(AssertionError.class);
        assertThat(running.bodies()).isEmpty();
        await().until(() -> running.metrics().contains("tls_refused_total{reason=\"client certificate\"}"));
    }

    @Test
    void daysLeftAreTold() {
        assertThat(running.metrics())
                .containsPattern("certificate_days_left\\{certificate=\"server\"} 89\\.9")
                .containsPattern("certificate_days_left\\{certificate=\"client CA\"} 3649\\.9");
    }

    private static SSLContext showing(Signed certificate) {
        return CertificateFiles.CA.client(certificate);
    }
}
