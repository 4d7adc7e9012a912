// Java, with com.standardwebhooks:standardwebhooks 1.2.0 on the class path: CLASSPATH=… java Receiver.java
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

public class Receiver {
    public static void main(String[] arguments) throws IOException, EmptyWebhookSecretException {
        // of two, either will do
        var webhook = new Webhook(System.getenv("TWOTICK_HOOK_SECRET").split(",")[0].strip());
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/", call -> {
            try (call) {
                var body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                var headers = HttpHeaders.of(call.getRequestHeaders(), (name, value) -> true);
                call.sendResponseHeaders(isSigned(webhook, body, headers) ? 204 : 401, -1);
            }
        });
        server.start();
    }

    private static boolean isSigned(Webhook webhook, String body, HttpHeaders headers) {
        try {
            webhook.verify(body, headers); // returns nothing: parse the same body after it
            System.out.println(headers.firstValue("webhook-id").orElse("")); // keep it, then answer; work later
            return true;
        } catch (WebhookVerificationException e) {
            return false;
        }
    }
}
