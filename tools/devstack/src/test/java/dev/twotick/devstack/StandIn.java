package dev.twotick.devstack;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// In the place of ingest and worker, for tests of what starts and ends them: healthy at once, and says what it is
/// told.
public final class StandIn {
    private StandIn() {}

    public static void main(String[] arguments) throws Exception {
        var roles = List.of(arguments);
        if (System.getenv("TWOTICK_TEST_FAILING") != null && roles.contains("--roles")) {
            throw new IllegalStateException("a bad setting, named here");
        }
        if (roles.contains("--migrate")) {
            return;
        }
        var port = System.getenv(roles.contains("--roles") ? "TWOTICK_WORKER_PORT" : "TWOTICK_HTTP_PORT");
        var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(port)), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        if (!roles.contains("--roles") && System.getenv("TWOTICK_TLS_CERTIFICATE_FILE") != null) {
            serveTls();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ended in order")));
    }

    /// Takes posts there, as ingest does.
    private static void serveTls() throws Exception {
        var pem = Files.readString(Path.of(System.getenv("TWOTICK_TLS_KEY_FILE")));
        var key = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(
                        Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""))));
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var chain = Files.newInputStream(Path.of(System.getenv("TWOTICK_TLS_CERTIFICATE_FILE")))) {
            var certificates = CertificateFactory.getInstance("X.509").generateCertificates(chain);
            store.setKeyEntry("own", key, new char[0], certificates.toArray(Certificate[]::new));
        }
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        var server = HttpsServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("TWOTICK_TLS_PORT"))), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/webhook", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }
}
