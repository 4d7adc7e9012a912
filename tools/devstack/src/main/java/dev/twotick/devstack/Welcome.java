package dev.twotick.devstack;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// What `up` prints when all is well: where things are, and a first message to paste.
final class Welcome {
    private Welcome() {}

    static void print(Home home, StackSettings settings, String signIn) {
        System.out.println(text(home, settings, signIn, Instant.now()));
    }

    static String text(Home home, StackSettings settings, String signIn, Instant now) {
        var body = Samples.tiny(now);
        var hooks = settings.has("TWOTICK_HOOK_URL")
                ? settings.get("TWOTICK_HOOK_URL")
                : "none, or as set before: TWOTICK_HOOK_URL=http://localhost:3000/hook ./twotick up";
        return """

                Twotick is up.  Ctrl-C ends it; the data stay.

                  webhook    %s
                  console    %s/sign-in?link=%s   (signs in once; the next up has another)
                  health     %s/health   %s/health
                  database   %s
                  redis      %s
                  hooks      %s
                  logs       %s
                  secrets    %s
                  addresses  %s

                A first message (or: ./twotick send):

                curl -i%s %s \\
                  -H 'Content-Type: application/json' \\
                  -H '%s: %s' \\
                  -d '%s'
                """.formatted(
                        settings.webhookUrl(),
                        settings.consoleUrl(),
                        signIn,
                        settings.ingestUrl(),
                        settings.workerUrl(),
                        withoutSecrets(settings.get("TWOTICK_DATABASE_URL")),
                        withoutSecrets(settings.get("TWOTICK_REDIS_URL")),
                        hooks,
                        home.logs().resolve("*.log"),
                        home.env(),
                        home.runEnv(),
                        settings.servesTls() ? "k" : "", // its certificate is for another name than this address
                        settings.webhookUrl(),
                        Signature.HEADER,
                        Signature.of(body.getBytes(StandardCharsets.UTF_8), settings.appSecret()),
                        body);
    }

    /// An address for a screen that others see: no user, no password, no parameters.
    static String withoutSecrets(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst("//.*@", "//");
    }
}
