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
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/// The way to the door: the name's addresses, a connection, a certificate that Meta accepts.
final class Route {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int TLS_MILLIS = 10_000;

    private final URI url;
    private final SSLContext tls;
    private final Report report;

    Route(URI url, SSLContext tls, Report report) {
        this.url = url;
        this.tls = tls;
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
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(address, port()), CONNECT_MILLIS);
            plain.setSoTimeout(TLS_MILLIS);
            try (var socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host(), port(), true)) {
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                if (!host().matches("[0-9.]+|.*:.*")) {
                    parameters.setServerNames(List.of(new SNIHostName(host())));
                }
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                valid(socket);
            }
        } catch (IOException e) {
            var fault = fault(e);
            report.broken("certificate", CERTIFICATE, fault.found, fault.remedy);
        }
    }

    private void valid(SSLSocket socket) throws IOException {
        var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        var ends = certificate.getNotAfter().toInstant();
        long days = Duration.between(Instant.now(), ends).toDays();
        var words = socket.getSession().getProtocol() + ", valid until " + ends;
        if (days < 7) {
            report.doubtful("certificate", words, "It ends in " + days + " days: is it renewed by itself?");
        } else {
            report.fine("certificate", words);
        }
    }

    private record Fault(String found, String remedy) {}

    private Fault fault(IOException e) {
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
                return new Fault(
                        "the certificate is signed by nobody known here: self-signed, or without the certificates"
                                + " between it and its authority",
                        "Meta refuses such. Serve the whole chain (fullchain.pem, not cert.pem), from a public"
                                + " authority such as Let's Encrypt.");
            }
        }
        if (e instanceof SSLException && String.valueOf(e.getMessage()).contains("Unsupported or unrecognized")) {
            return new Fault("port " + port() + " does not speak TLS", "Is this the port of plain HTTP?");
        }
        return new Fault("no TLS connection: " + e.getMessage(), "Look at the TLS settings of tunnel or proxy.");
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
