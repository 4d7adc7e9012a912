package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.twotick.ingest.TlsSettings.Contents;
import dev.twotick.ingest.TlsSettings.Unusable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Who we are, and whom we ask who they are: read from PEM (RFC 7468), and proven to belong together. Whoever gave
/// Jetty a key of another certificate would see every new connection fail.
///
/// @param clientCas empty when nobody is asked
/// @param context   of all of it
record TlsIdentity(List<X509Certificate> chain, List<X509Certificate> clientCas, SSLContext context) {
    private static final Pattern BLOCK = Pattern.compile("(?s)-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----");
    private static final char[] NO_PASSWORD = {};

    TlsIdentity {
        chain = List.copyOf(chain);
        clientCas = List.copyOf(clientCas);
    }

    static TlsIdentity of(Contents files) throws Unusable {
        List<X509Certificate> chain = certificates(TlsSettings.CERTIFICATE, files.certificate());
        PrivateKey key = key(files.key(), chain.getFirst().getPublicKey());
        List<X509Certificate> clientCas =
                files.clientCa().length == 0 ? List.of() : certificates(TlsSettings.CLIENT_CA, files.clientCa());
        return new TlsIdentity(chain, clientCas, context(chain, key, clientCas));
    }

    private static List<X509Certificate> certificates(String setting, byte[] pem) throws Unusable {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> found = new ArrayList<>();
            for (MatchResult block : blocks(pem, "CERTIFICATE")) {
                found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(decode(block))));
            }
            if (!found.isEmpty()) {
                return found;
            }
        } catch (CertificateException | IllegalArgumentException e) {
            // said below, without what the file holds
        }
        throw new Unusable(setting, "names a file that holds no certificate that can be read; PEM is wanted");
    }

    private static PrivateKey key(byte[] pem, PublicKey certified) throws Unusable {
        List<MatchResult> blocks = blocks(pem, "PRIVATE KEY");
        if (blocks.isEmpty()) {
            throw new Unusable(
                    TlsSettings.KEY,
                    "names a file that holds no unencrypted PKCS#8 key; make one of it with:"
                            + " openssl pkcs8 -topk8 -nocrypt (cert-manager: privateKey.encoding PKCS8)");
        }
        PrivateKey key;
        try {
            key = KeyFactory.getInstance(certified.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(decode(blocks.getFirst())));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Unusable(TlsSettings.KEY, otherKey());
        }
        if (!fit(key, certified)) {
            throw new Unusable(TlsSettings.KEY, otherKey());
        }
        return key;
    }

    private static String otherKey() {
        return "names a file whose key is not that of the first certificate in " + TlsSettings.CERTIFICATE;
    }

    private static boolean fit(PrivateKey key, PublicKey certified) {
        byte[] text = "Twotick".getBytes(ISO_8859_1);
        String algorithm = switch (certified.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> certified.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static List<MatchResult> blocks(byte[] pem, String label) {
        return BLOCK.matcher(new String(pem, ISO_8859_1))
                .results()
                .filter(block -> block.group(1).equals(label))
                .toList();
    }

    private static byte[] decode(MatchResult block) {
        return Base64.getMimeDecoder().decode(block.group(2));
    }

    /// When the first of the chain ends.
    Instant ends() {
        return ends(chain).min(Comparator.naturalOrder()).orElseThrow();
    }

    /// When the last of those ends that may sign clients' certificates: a new one stands beside the old for a while.
    Instant clientCaEnds() {
        return ends(clientCas).max(Comparator.naturalOrder()).orElse(Instant.MAX);
    }

    private static Stream<Instant> ends(List<X509Certificate> certificates) {
        return certificates.stream()
                .map(certificate -> certificate.getNotAfter().toInstant());
    }

    private static SSLContext context(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientCas)
            throws Unusable {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(chain, key), trust(clientCas), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new Unusable(
                    TlsSettings.CERTIFICATE,
                    "names a file whose certificates are no chain: ours first, then each one's issuer");
        }
    }

    private static KeyManager[] keys(List<X509Certificate> chain, PrivateKey key)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("twotick", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    /// Nobody is trusted when nobody is asked.
    private static TrustManager[] trust(List<X509Certificate> clientCas) throws GeneralSecurityException, IOException {
        if (clientCas.isEmpty()) {
            return new TrustManager[0];
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        for (X509Certificate ca : clientCas) {
            store.setCertificateEntry(ca.getSerialNumber() + " " + ca.getSubjectX500Principal(), ca);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }
}
