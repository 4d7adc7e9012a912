package dev.twotick.ingest;

import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.CertificateAuthority.Signed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// A certificate of an authority of the tests, in the two files of which somebody else renews it.
final class CertificateFiles {
    static final CertificateAuthority CA = new CertificateAuthority("CN=Of the tests");
    /// Of Meta, for its clients.
    static final CertificateAuthority META_CA = new CertificateAuthority("CN=Meta of the tests");
    static final String META = "CN=client.webhooks.fbclientcerts.com,O=Meta";

    final Path certificate;
    final Path key;
    private final Path metaCa;

    CertificateFiles(Path folder) throws IOException {
        certificate = folder.resolve("fullchain.pem");
        key = folder.resolve("privkey.pem");
        metaCa = Files.writeString(folder.resolve("meta-ca.pem"), META_CA.pem());
        renew();
    }

    /// For tests that do not look at what is in them.
    static CertificateFiles any() {
        try {
            Path folder = Files.createTempDirectory("twotick-tls");
            folder.toFile().deleteOnExit();
            return new CertificateFiles(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Signed signed() {
        return CA.sign("CN=hooks.example.com", Duration.ofDays(90));
    }

    Signed renew() throws IOException {
        Signed next = signed();
        Files.writeString(certificate, next.certificatePem() + CA.pem());
        Files.writeString(key, next.keyPem());
        return next;
    }

    Map<String, String> settings() {
        return Map.of(
                "TWOTICK_TLS_PORT",
                "0",
                "TWOTICK_TLS_CERTIFICATE_FILE",
                certificate.toString(),
                "TWOTICK_TLS_KEY_FILE",
                key.toString());
    }

    Map<String, String> mutual() {
        Map<String, String> settings = new HashMap<>(settings());
        settings.put("TWOTICK_TLS_CLIENT_CA_FILE", metaCa.toString());
        return settings;
    }
}
