package dev.twotick.devstack.check;

import static dev.twotick.devstack.check.Report.Cause.ADDRESS;
import static dev.twotick.devstack.check.Report.Cause.CERTIFICATE;
import static dev.twotick.devstack.check.Report.Cause.CONNECTION;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;

/// The way to the door: the name's addresses, a connection, a certificate that Meta accepts.
final class Route {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int TLS_MILLIS = 10_000;
    private static final int DAYS_TO_RENEW = 14;

    static final String WANTS_CERTIFICATE =
            "the server asks for a client certificate, and ends the connection of who has none";
    static final String ABOUT_CERTIFICATE =
            "Right, if it is Meta's that it wants (client.webhooks.fbclientcerts.com), and if that is switched on for the app"
                    + " at Meta; nothing more can be tried from here then.";

    private final URI url;
    private final X509ExtendedTrustManager trust;
    private final Report report;

    Route(URI url, X509ExtendedTrustManager trust, Report report) {
        this.url = url;
        this.trust = trust;
        this.report = report;
    }

    void check() {
        var addresses = addresses();
        if (addresses.isEmpty()) {
            return;
        }
        var open = addresses.stream().filter(this::connects).toList();
        if (open.isEmpty()) {
            report.broken(
                    "connection",
                    CONNECTION,
                    "nothing answers on port " + port() + " of " + words(addresses),
                    "Is the tunnel or proxy running? Does a firewall let port " + port() + " in?");
            return;
        }
        if (open.size() < addresses.size()) {
            var shut = new ArrayList<>(addresses);
            shut.removeAll(open);
            report.doubtful(
                    "connection",
                    "port " + port() + " of " + words(shut) + " does not answer, of " + words(open) + " it does",
                    "Meta may take either: take the dead address out of DNS, or listen there.");
        } else {
            report.fine("connection", "port " + port() + " of " + words(open));
        }
        if (isHttps()) {
            checkCertificate(open.getFirst());
        } else {
            report.doubtful(
                    "certificate",
                    "http, so there is none",
                    "Good for a look at this machine; Meta calls https alone.");
        }
    }

    private List<InetAddress> addresses() {
        try {
            var addresses = List.of(InetAddress.getAllByName(host()));
            var inside = addresses.stream().filter(Route::isOfThisNetwork).toList();
            if (inside.isEmpty()) {
                report.fine("DNS", host() + " is " + words(addresses));
            } else {
                report.doubtful(
                        "DNS",
                        host() + " is " + words(inside) + " from here, which only this network or machine reaches",
                        "Meta calls from outside: it must find a public address.");
            }
            return addresses;
        } catch (UnknownHostException e) {
            report.broken(
                    "DNS",
                    ADDRESS,
                    "there is no address for " + host(),
                    "A typing error, a tunnel that ended (free ones get another name at each start), or a DNS record"
                            + " that is missing or not known everywhere yet.");
            return List.of();
        }
    }

    private static boolean isOfThisNetwork(InetAddress address) {
        return address.isLoopbackAddress() || address.isSiteLocalAddress() || address.isLinkLocalAddress();
    }

    private boolean connects(InetAddress address) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void checkCertificate(InetAddress address) {
        try {
            valid(handshake(address, trust));
        } catch (IOException e) {
            var fault = fault(e, () -> shown(address));
            report.broken("certificate", CERTIFICATE, fault.found, fault.remedy);
            return;
        }
        checkVersions(address);
    }

    /// @param versions of TLS that are offered; without any, all that this JDK knows
    private SSLSession handshake(InetAddress address, X509ExtendedTrustManager trusted, String... versions)
            throws IOException {
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(address, port()), CONNECT_MILLIS);
            plain.setSoTimeout(TLS_MILLIS);
            var sockets = Trust.context(trusted).getSocketFactory();
            try (var socket = (SSLSocket) sockets.createSocket(plain, host(), port(), true)) {
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                if (!host().matches("[0-9.]+|.*:.*")) {
                    parameters.setServerNames(List.of(new SNIHostName(host())));
                }
                if (versions.length > 0) {
                    parameters.setProtocols(versions);
                }
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return socket.getSession();
            }
        }
    }

    /// The certificates that are served, whoever signed them.
    private List<X509Certificate> shown(InetAddress address) {
        var shown = new ArrayList<X509Certificate>();
        try {
            handshake(address, Trust.inAnybody(shown));
        } catch (IOException e) {
            // as far as it came
        }
        return shown;
    }

    private void valid(SSLSession session) throws IOException {
        var chain = Stream.of(session.getPeerCertificates())
                .map(X509Certificate.class::cast)
                .toList();
        var first = chain.stream()
                .min(Comparator.comparing(X509Certificate::getNotAfter))
                .orElseThrow();
        var ends = first.getNotAfter().toInstant();
        long days = Duration.between(Instant.now(), ends).toDays();
        var words = "for " + host() + ", with all between it and its authority ("
                + chain.stream().map(Route::issuer).collect(Collectors.joining(", ")) + "), valid until " + ends;
        if (days < DAYS_TO_RENEW) {
            report.doubtful(
                    "certificate",
                    words,
                    (first.equals(chain.getFirst()) ? "It" : "That of " + subject(first)) + " ends in " + days
                            + " days: is it renewed by itself?");
        } else {
            report.fine("certificate", words);
        }
    }

    private void checkVersions(InetAddress address) {
        var spoken = new ArrayList<String>();
        for (var version : List.of("TLSv1.2", "TLSv1.3")) {
            try {
                handshake(address, trust, version);
                spoken.add(version.replace("TLSv", ""));
            } catch (IOException e) {
                // not this one
            }
        }
        var words = String.join(" and ", spoken);
        if (spoken.contains("1.2")) {
            report.fine("TLS", words);
        } else {
            report.doubtful(
                    "TLS", words + " alone", "Callers that speak TLS 1.2 at best are refused: have it speak both.");
        }
    }

    private record Fault(String found, String remedy) {}

    private Fault fault(IOException e, Supplier<List<X509Certificate>> shown) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return new Fault("the certificate has expired", "Renew it.");
            }
            if (cause instanceof CertificateNotYetValidException) {
                return new Fault("the certificate is not valid yet", "Look at the clocks, here and there.");
            }
            if ((cause instanceof CertificateException
                            && String.valueOf(cause.getMessage()).contains("No subject alt"))
                    || String.valueOf(cause.getMessage()).startsWith("No name matching")) {
                return new Fault(
                        "the certificate is for another name than " + host(),
                        "Get one for " + host() + ", or call the server by the name that it has.");
            }
            if (cause instanceof CertPathBuilderException) {
                return signedByNobody(shown.get());
            }
        }
        var said = String.valueOf(e.getMessage());
        if (said.contains("certificate_required") || said.contains("bad_certificate")) {
            return new Fault(WANTS_CERTIFICATE, ABOUT_CERTIFICATE);
        }
        if (said.contains("protocol_version")) {
            return new Fault("it speaks neither TLS 1.2 nor 1.3", "Older ones are broken: switch on TLS 1.2 and 1.3.");
        }
        if (e instanceof SSLException && String.valueOf(e.getMessage()).contains("Unsupported or unrecognized")) {
            return new Fault("port " + port() + " does not speak TLS", "Is this the port of plain HTTP?");
        }
        return new Fault("no TLS connection: " + e.getMessage(), "Look at the TLS settings of tunnel or proxy.");
    }

    private static Fault signedByNobody(List<X509Certificate> shown) {
        var last = shown.isEmpty() ? null : shown.getLast();
        if (last == null || (shown.size() == 1 && isSelfSigned(last))) {
            return new Fault(
                    "the certificate is self-signed",
                    "Meta refuses such: get one from a public authority such as Let's Encrypt.");
        }
        if (isSelfSigned(last)) {
            return new Fault(
                    "the certificate is signed by an authority that is not known here: " + subject(last),
                    "Meta refuses such: get one from a public authority such as Let's Encrypt.");
        }
        return new Fault(
                "the chain is not complete: " + subject(last) + " is the last of " + shown.size()
                        + " served, and who signed it is not known here: " + issuer(last),
                "Meta refuses such, even if a browser does not. Serve the whole chain, fullchain.pem instead of cert.pem"
                        + " (is that authority a private one, Meta refuses it in any case).");
    }

    private static boolean isSelfSigned(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private static String subject(X509Certificate certificate) {
        return Report.clean(certificate.getSubjectX500Principal().getName());
    }

    private static String issuer(X509Certificate certificate) {
        return Report.clean(certificate.getIssuerX500Principal().getName());
    }

    private String host() {
        return url.getHost().replaceAll("^\\[|]$", "");
    }

    private boolean isHttps() {
        return url.getScheme().equalsIgnoreCase("https");
    }

    private int port() {
        return url.getPort() >= 0 ? url.getPort() : isHttps() ? 443 : 80;
    }

    private static String words(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    }
}
