import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The hook receiver of the compose proof: verifies by the Standard Webhooks rules with the JDK alone, and
/// lists what came, one call a line: `<verified> <webhook-id> <type>`. `java HookReceiver.java`
final class HookReceiver {
    private static final Pattern TYPE = Pattern.compile("\"type\"\\s*:\\s*\"([^\"]+)\"");
    private static final List<String> calls = new CopyOnWriteArrayList<>();

    public static void main(String[] arguments) throws IOException {
        String secret = System.getenv("HOOK_SECRET").split(",")[0].strip(); // of two, either will do
        byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
        HttpServer server = HttpServer.create(new InetSocketAddress(3000), 0);
        server.createContext("/hook", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String id = exchange.getRequestHeaders().getFirst("webhook-id");
            String time = exchange.getRequestHeaders().getFirst("webhook-timestamp");
            boolean genuine = List.of(exchange.getRequestHeaders().getFirst("webhook-signature").split(" "))
                    .contains("v1," + signature(key, id + "." + time + ".", body));
            var type = TYPE.matcher(new String(body, StandardCharsets.UTF_8));
            calls.add((genuine ? "verified " : "forged ") + id + " " + (type.find() ? type.group(1) : "?"));
            exchange.sendResponseHeaders(genuine ? 204 : 401, -1);
            exchange.close();
        });
        server.createContext("/calls", exchange -> {
            byte[] list = (String.join("\n", calls) + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, list.length);
            exchange.getResponseBody().write(list);
            exchange.close();
        });
        server.start();
    }

    private static String signature(byte[] key, String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(head.getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
