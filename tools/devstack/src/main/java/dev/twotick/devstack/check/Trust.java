package dev.twotick.devstack.check;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Whom a TLS client trusts.
public final class Trust {
    /// Those whom the authorities that this JDK knows vouch for, under their names: nearly as Meta does.
    public static X509ExtendedTrustManager inAuthorities() {
        return in((KeyStore) null);
    }

    /// Those whom the authorities in `store` vouch for, under their names.
    public static X509ExtendedTrustManager in(@Nullable KeyStore store) {
        try {
            var factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Whoever shows this certificate, no matter who signed it, for which name it is, and whether it has ended: for an
    /// address of this machine, where it is known what is served.
    public static X509ExtendedTrustManager in(X509Certificate certificate) {
        return new ByCertificate(chain -> {
            if (!chain[0].equals(certificate)) {
                throw new CertificateException("another certificate is shown than that of the file");
            }
        });
    }

    /// Everybody, so that one sees what they show.
    static X509ExtendedTrustManager inAnybody(List<X509Certificate> shown) {
        return new ByCertificate(chain -> shown.addAll(List.of(chain)));
    }

    public static SSLContext context(X509ExtendedTrustManager trust) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Judge {
        void judge(X509Certificate[] chain) throws CertificateException;
    }

    /// Not by name: whoever is asked by its socket or engine would have to look at that itself.
    private static final class ByCertificate extends X509ExtendedTrustManager {
        private final Judge judge;

        ByCertificate(Judge judge) {
            this.judge = judge;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            judge.judge(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            judge.judge(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            judge.judge(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException("of a client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException("of a client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException("of a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private Trust() {}
}
