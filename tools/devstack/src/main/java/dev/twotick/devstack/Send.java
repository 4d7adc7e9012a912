package dev.twotick.devstack;

import dev.twotick.devstack.check.Trust;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./twotick send`: what Meta does, by hand.
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        description = {
            "Signs a payload with the stack's own app secret and posts it.",
            "Without FILE: a text message that is new each time.",
            "Over TLS it trusts whoever shows the certificate in TWOTICK_TLS_CERTIFICATE_FILE, whoever signed it and for"
                    + " whatever name it is; where that is not set, those whom this JDK's authorities vouch for."
        })
final class Send implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", arity = "0..1", description = "a file, a sample's name, or - for standard input")
    private String file = "";

    @Option(names = "--all", description = "post every sample, as it is: a second time they are all duplicates")
    private boolean all;

    @Option(names = "--fresh", description = "give samples new message ids and the present time")
    private boolean fresh;

    @Option(names = "--list", description = "list the samples")
    private boolean list;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (list) {
            Samples.NAMES.forEach(System.out::println);
            return 0;
        }
        var settings = StackSettings.running();
        if (!settings.has("TWOTICK_URL") || !settings.has("TWOTICK_APP_SECRETS")) {
            throw new StackFailure("nothing runs here (no run.env in " + settings.get("TWOTICK_HOME")
                    + "): start ./twotick up first, or set TWOTICK_URL and TWOTICK_APP_SECRETS");
        }
        var bodies = bodies();
        int refused = 0;
        try (var client = client(settings)) {
            for (var body : bodies.entrySet()) {
                refused += post(client, settings, body.getKey(), body.getValue()) ? 0 : 1;
            }
        }
        return refused == 0 ? 0 : 1;
    }

    private static HttpClient client(StackSettings settings) {
        var client = HttpClient.newBuilder();
        if (settings.servesTls()) {
            client.sslContext(Trust.context(Trust.in(settings.certificate())));
        }
        return client.build();
    }

    private Map<String, byte[]> bodies() throws IOException {
        var bodies = new LinkedHashMap<String, byte[]>();
        var now = Instant.now();
        var salt = Long.toString(now.toEpochMilli(), 36);
        if (all) {
            for (var name : Samples.NAMES) {
                bodies.put(name, fresh ? Samples.fresh(Samples.read(name), now, salt) : Samples.read(name));
            }
        } else if (file.isEmpty()) {
            bodies.put("text", Samples.fresh(Samples.read("text"), now, salt));
        } else {
            var body = given();
            bodies.put(file, fresh ? Samples.fresh(body, now, salt) : body);
        }
        return bodies;
    }

    private byte[] given() throws IOException {
        if (file.equals("-")) {
            return System.in.readAllBytes();
        }
        var path = Path.of(file);
        return Files.isRegularFile(path) ? Files.readAllBytes(path) : Samples.read(file);
    }

    private static boolean post(HttpClient client, StackSettings settings, String name, byte[] body)
            throws IOException, InterruptedException {
        var path = settings.has("TWOTICK_WEBHOOK_PATH") ? settings.get("TWOTICK_WEBHOOK_PATH") : "/webhook";
        var request = HttpRequest.newBuilder(URI.create(settings.get("TWOTICK_URL") + path))
                .header("Content-Type", "application/json")
                .header(Signature.HEADER, Signature.of(body, settings.appSecret()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        long begin = System.nanoTime();
        try {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.printf(
                    "%-18s %d  %.1f ms  %d bytes%n",
                    name, response.statusCode(), (System.nanoTime() - begin) / 1e6, body.length);
            if (response.statusCode() == 403 && settings.has("TWOTICK_TLS_CLIENT_CA")) {
                System.err.println(
                        "twotick: with TWOTICK_TLS_CLIENT_CA_FILE ingest takes posts from nobody but who shows"
                                + " Meta's certificate");
            }
            return response.statusCode() == 200;
        } catch (IOException e) {
            throw new StackFailure(
                    settings.get("TWOTICK_URL") + " does not answer (" + e.getMessage() + "); is ./twotick up running?",
                    e);
        }
    }
}
