package dev.twotick.stores;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.x500.X500Principal;

/// Signs certificates for tests: by hand, since the JDK has no way to make one but `keytool`, which is a process each.
public final class CertificateAuthority {
    private static final byte[] ECDSA_WITH_SHA256 =
            sequence(tlv(0x06, new byte[] {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 4, 3, 2}));
    private static final byte[] BASIC_CONSTRAINTS = tlv(0x06, new byte[] {0x55, 0x1D, 0x13});
    private static final byte[] ALTERNATIVE_NAMES = tlv(0x06, new byte[] {0x55, 0x1D, 0x11});
    private static final byte[] TRUE = tlv(0x01, new byte[] {(byte) 0xFF});
    private static final char[] NO_PASSWORD = {};
    private static final AtomicLong serials = new AtomicLong();

    private final KeyPair keys;
    private final X500Principal name;
    public final X509Certificate certificate;

    /// @param name such as `CN=A test's CA`
    public CertificateAuthority(String name) {
        this.name = new X500Principal(name);
        keys = keys();
        certificate = sign(this.name, keys, Duration.ofDays(3650), true, "");
    }

    private CertificateAuthority(X500Principal name, KeyPair keys, X509Certificate certificate) {
        this.name = name;
        this.keys = keys;
        this.certificate = certificate;
    }

    /// One that this one stands behind: what it signs needs its certificate beside it.
    public CertificateAuthority intermediate(String intermediate) {
        X500Principal subject = new X500Principal(intermediate);
        KeyPair own = keys();
        return new CertificateAuthority(subject, own, sign(subject, own, Duration.ofDays(1825), true, ""));
    }

    /// @param certificate signed by this authority, with its key
    public record Signed(X509Certificate certificate, KeyPair keys) {
        public String certificatePem() {
            return CertificateAuthority.pem(certificate);
        }

        public String keyPem() {
            return block("PRIVATE KEY", keys.getPrivate().getEncoded());
        }
    }

    /// For 127.0.0.1 too, and for `localhost`.
    ///
    /// @param subject such as `CN=hooks.example.com`
    /// @param life    from now on; negative when it has ended
    public Signed sign(String subject, Duration life) {
        return sign(subject, "localhost", life);
    }

    /// For 127.0.0.1 too.
    ///
    /// @param host the name that it is for, whatever the subject says
    public Signed sign(String subject, String host, Duration life) {
        KeyPair subjectKeys = keys();
        return new Signed(sign(new X500Principal(subject), subjectKeys, life, false, host), subjectKeys);
    }

    public String pem() {
        return pem(certificate);
    }

    /// Of a client that trusts this authority alone.
    ///
    /// @param identity what it shows when asked, if anything
    public SSLContext client(Signed... identity) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setCertificateEntry("ca", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    Stream.of(identity).map(Shown::new).toArray(KeyManager[]::new), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Shown even to who asks for another authority's.
    private static final class Shown extends X509ExtendedKeyManager {
        private final Signed identity;

        Shown(Signed identity) {
            this.identity = identity;
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            return "it";
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {"it"};
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return "it";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {identity.certificate};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.keys.getPrivate();
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            throw new UnsupportedOperationException("a client");
        }
    }

    private X509Certificate sign(X500Principal subject, KeyPair subjectKeys, Duration life, boolean ca, String host) {
        Instant now = Instant.now();
        byte[] extension = ca
                ? sequence(BASIC_CONSTRAINTS, TRUE, tlv(0x04, sequence(TRUE)))
                : sequence(
                        ALTERNATIVE_NAMES,
                        tlv(
                                0x04,
                                sequence(
                                        tlv(0x82, host.getBytes(US_ASCII)),
                                        tlv(
                                                0x87,
                                                InetAddress.getLoopbackAddress().getAddress()))));
        byte[] toSign = sequence(
                tlv(0xA0, tlv(0x02, new byte[] {2})), // version 3
                tlv(0x02, BigInteger.valueOf(serials.incrementAndGet()).toByteArray()),
                ECDSA_WITH_SHA256,
                name.getEncoded(),
                sequence(time(now.minus(Duration.ofDays(365))), time(now.plus(life))),
                subject.getEncoded(),
                subjectKeys.getPublic().getEncoded(),
                tlv(0xA3, sequence(extension)));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(toSign);
            byte[] der = sequence(toSign, ECDSA_WITH_SHA256, tlv(0x03, new byte[] {0}, signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(X509Certificate certificate) {
        try {
            return block("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    private static byte[] time(Instant instant) {
        String text = DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(instant);
        return tlv(0x17, text.getBytes(US_ASCII));
    }

    private static byte[] sequence(byte[]... parts) {
        return tlv(0x30, parts);
    }

    private static byte[] tlv(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteBuffer der = ByteBuffer.allocate(length + 4).put((byte) tag);
        if (length < 128) {
            der.put((byte) length);
        } else if (length < 256) {
            der.put((byte) 0x81).put((byte) length);
        } else {
            der.put((byte) 0x82).putShort((short) length);
        }
        der.put(content.toByteArray()).flip();
        byte[] bytes = new byte[der.remaining()];
        der.get(bytes);
        return bytes;
    }
}
