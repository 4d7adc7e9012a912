package dev.twotick.ingest;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// Which way a post must have come, before anybody looks at its signature. Where TLS is served, none comes without;
/// where Meta is asked for its certificate, none comes without that. Who signed it, and until when it holds, the
/// handshake has proven. Meta's page on webhooks has it under "mTLS for webhooks".
final class PostAdmission {
    private static final int DNS_NAME = 2; // RFC 5280, GeneralName

    private final Optional<TlsSettings> tls;

    PostAdmission(Optional<TlsSettings> tls) {
        this.tls = tls;
    }

    /// Why it may not, if it may not: of a fixed set of words.
    Optional<String> refusal(Request request) {
        if (tls.isEmpty()) {
            return Optional.empty();
        }
        if (!isOverTls(request)) {
            return Optional.of("not over TLS");
        }
        return tls.get().clientCa().isEmpty()
                ? Optional.empty()
                : refusal(request, tls.get().clientName());
    }

    static boolean isOverTls(Request request) {
        return request.getConnectionMetaData().isSecure();
    }

    private static Optional<String> refusal(Request request, String name) {
        EndPoint.SslSessionData session =
                request.getConnectionMetaData().getConnection().getEndPoint().getSslSessionData();
        X509Certificate[] chain = session == null ? null : session.peerCertificates();
        if (chain == null || chain.length == 0) {
            return Optional.of("no client certificate");
        }
        return isFor(chain[0], name) ? Optional.empty() : Optional.of("client certificate of another");
    }

    private static boolean isFor(X509Certificate certificate, String name) {
        try {
            boolean named = new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .anyMatch(part -> part.getType().equalsIgnoreCase("CN")
                                    && name.equalsIgnoreCase(String.valueOf(part.getValue())));
            return named || isAlso(certificate.getSubjectAlternativeNames(), name);
        } catch (InvalidNameException | CertificateParsingException e) {
            return false;
        }
    }

    private static boolean isAlso(@Nullable Collection<List<?>> others, String name) {
        return others != null
                && others.stream()
                        .anyMatch(other ->
                                other.get(0).equals(DNS_NAME) && name.equalsIgnoreCase(String.valueOf(other.get(1))));
    }
}
