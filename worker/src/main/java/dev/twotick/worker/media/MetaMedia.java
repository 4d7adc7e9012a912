package dev.twotick.worker.media;

import dev.twotick.model.settings.Build;
import dev.twotick.worker.deliver.GuardedResolver;
import dev.twotick.worker.deliver.PublicAddresses;
import dev.twotick.worker.deliver.RetryAfter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIBuilder;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Meta's two calls for a file: one says where it is, for five minutes, the other has the bytes. Both want the token,
/// which goes to no other host than Meta's and the ones that the settings name, and follows no redirect.
///
/// @see <a href="https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media">Meta, Media</a>
final class MetaMedia implements AutoCloseable {
    private static final String USER_AGENT = "Twotick/" + Build.VERSION;
    private static final Timeout CONNECT = Timeout.ofSeconds(5);
    /// Between two parts of an answer.
    private static final Timeout SILENCE = Timeout.ofSeconds(30);
    private static final int MOST_JSON = 64 * 1024;

    /// Too many calls, of the app, of the account or of the number: Meta says it with a status of its own, or with 400.
    private static final Set<Integer> LIMITS = Set.of(4, 17, 32, 613, 80_007, 130_429);

    private static final int BAD_TOKEN = 190;
    private static final int BAD_PARAMETER = 100;
    private static final int NO_SUCH_OBJECT = 33; // of BAD_PARAMETER; or the token may not see it

    private final MediaSettings settings;
    private final InstantSource clock;
    private final CloseableHttpClient http;

    /// What came of a call.
    sealed interface Answer {

        /// The first call: where the bytes are.
        ///
        /// @param sha256 as Meta says it, with the size in bytes, less than 0: it does not
        record There(URI url, @Nullable String sha256, long size) implements Answer {}

        /// The second: they were written.
        record Written(long size) implements Answer {}

        /// Meta does not have it, or has it no more.
        record Missing(String why) implements Answer {}

        /// No file of this installation can be fetched now: too many calls, or a token that is none.
        ///
        /// @param asked as long as Meta asks for; null: it does not
        record Paused(String why, @Nullable Duration asked) implements Answer {}

        record Failed(String why) implements Answer {}

        /// The bytes are not where they may be.
        record Misplaced(String why) implements Answer {}

        /// It is larger than the settings allow.
        record TooLarge(long size) implements Answer {}
    }

    MetaMedia(MediaSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        PoolingHttpClientConnectionManager connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new GuardedResolver(
                        new PublicAddresses(settings.allowNets()), CONNECT.toDuration(), InetAddress::getAllByName))
                .setMaxConnPerRoute(settings.concurrency())
                .setMaxConnTotal(2 * settings.concurrency())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(CONNECT)
                        .setSocketTimeout(SILENCE)
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .setTimeToLive(TimeValue.ofMinutes(5))
                        .build())
                .build();
        http = HttpClients.createMinimal(connections); // it follows no redirect
    }

    /// The first call.
    Answer locate(String mediaId) throws IOException {
        if (!mediaId.matches("[A-Za-z0-9_:-][A-Za-z0-9._:-]*")) {
            return new Answer.Misplaced("no id that Meta gives");
        }
        return get(address(mediaId), answer -> answer.getCode() == 200 ? location(json(answer)) : refused(answer));
    }

    /// The second.
    ///
    /// @param until by [System#nanoTime]
    Answer download(URI url, OutputStream out, long until) throws IOException {
        String trouble = trouble(url);
        if (trouble != null) {
            return new Answer.Misplaced(trouble);
        }
        return get(url, answer -> answer.getCode() == 200 ? copy(answer, out, until) : refused(answer));
    }

    private interface Reader {
        Answer read(ClassicHttpResponse answer) throws IOException;
    }

    private Answer get(URI url, Reader reader) throws IOException {
        String token = settings.token().get().orElse("");
        HttpGet request = new HttpGet(url);
        request.setConfig(RequestConfig.custom()
                .setConnectionRequestTimeout(SILENCE)
                .setResponseTimeout(SILENCE)
                .build());
        request.setHeader(HttpHeaders.USER_AGENT, USER_AGENT);
        request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token);
        ClassicHttpResponse answer =
                http.executeOpen(new HttpHost(request.getScheme(), request.getAuthority()), request, null);
        boolean whole = false;
        try {
            Answer read = reader.read(answer);
            whole = !(read instanceof Answer.TooLarge);
            return read;
        } finally {
            if (whole) {
                answer.close();
            } else {
                request.cancel(); // closing alone would read the rest
            }
        }
    }

    private URI address(String mediaId) {
        try {
            return new URIBuilder(settings.graph()).appendPath(mediaId).build();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("an id without special characters", e);
        }
    }

    private static JsonNode json(ClassicHttpResponse answer) throws IOException {
        if (answer.getEntity() == null) {
            return JsonMapper.shared().createObjectNode();
        }
        try (InputStream body = answer.getEntity().getContent()) {
            return JsonMapper.shared().readTree(body.readNBytes(MOST_JSON));
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    private static Answer location(JsonNode said) {
        String url = said.path("url").asString("");
        try {
            return url.isEmpty()
                    ? new Answer.Failed("Meta's answer has no url")
                    : new Answer.There(
                            new URI(url),
                            said.path("sha256").asString(null),
                            said.path("file_size").asLong(-1));
        } catch (URISyntaxException e) {
            return new Answer.Failed("Meta's answer has an url that is none");
        }
    }

    /// Why the token is not sent there; null: it is.
    private @Nullable String trouble(URI url) {
        String scheme = url.getScheme();
        if (!"https".equals(scheme)
                && !("http".equals(scheme) && scheme.equals(settings.graph().getScheme()))) {
            return "the bytes are not at an https address";
        }
        String host = url.getHost() == null ? "" : url.getHost().toLowerCase(Locale.ROOT);
        boolean known = settings.hosts().stream()
                .anyMatch(name -> name.startsWith("*.") ? host.endsWith(name.substring(1)) : host.equals(name));
        return known && url.getRawUserInfo() == null
                ? null
                : "the bytes are at a host that TWOTICK_MEDIA_HOSTS does not name";
    }

    private Answer refused(ClassicHttpResponse answer) throws IOException {
        JsonNode error = json(answer).path("error");
        int status = answer.getCode();
        int code = error.path("code").asInt(0);
        int subcode = error.path("error_subcode").asInt(0);
        String why = "HTTP " + status + (code == 0 ? "" : ", Meta's error " + code)
                + (subcode == 0 ? "" : "/" + subcode)
                + (status >= 300 && status < 400 ? ": redirects are not followed" : "");
        Duration asked = RetryAfter.parse(
                header(answer, HttpHeaders.RETRY_AFTER), header(answer, HttpHeaders.DATE), clock.instant());
        if (status == 429 || LIMITS.contains(code)) {
            return new Answer.Paused(why + ": too many calls", asked);
        }
        if (status == 401 || code == BAD_TOKEN) {
            return new Answer.Paused(why + ": TWOTICK_ACCESS_TOKEN is not accepted", asked);
        }
        if (status == 404 || status == 410 || (code == BAD_PARAMETER && subcode == NO_SUCH_OBJECT)) {
            return new Answer.Missing(why);
        }
        return status >= 300 && status < 400 ? new Answer.Misplaced(why) : new Answer.Failed(why);
    }

    private static @Nullable String header(HttpResponse answer, String name) {
        Header header = answer.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private Answer copy(ClassicHttpResponse answer, OutputStream out, long until) throws IOException {
        if (answer.getEntity() == null) {
            return new Answer.Written(0);
        }
        if (answer.getEntity().getContentLength() > settings.maxBytes()) {
            return new Answer.TooLarge(answer.getEntity().getContentLength());
        }
        byte[] part = new byte[64 * 1024];
        long size = 0;
        InputStream body = answer.getEntity().getContent();
        for (int read = body.read(part); read >= 0; read = body.read(part)) {
            size += read;
            if (size > settings.maxBytes()) {
                return new Answer.TooLarge(size);
            }
            if (System.nanoTime() - until > 0) {
                throw new IOException("not all of it came in time");
            }
            int length = read;
            StoreFault.of(() -> {
                out.write(part, 0, length);
                return length;
            });
        }
        return new Answer.Written(size);
    }

    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
    }
}
