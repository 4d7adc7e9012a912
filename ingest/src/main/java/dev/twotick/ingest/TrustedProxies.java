package dev.twotick.ingest;

import dev.twotick.model.settings.Cidr;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/// The proxies whose word counts for who is behind them. A proxy adds the address that it was called from at the right
/// end of the header, and whoever calls may have filled it before: so it is read from right to left, for as long as the
/// addresses are trusted proxies' themselves. The first that is not is the client's.
///
/// @param header the one that they add to; what stands in any other is the client's own word
/// @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239, Forwarded</a>
record TrustedProxies(List<Cidr> ranges, String header) {
    private static final String FORWARDED = "forwarded";
    private static final String X_FORWARDED_FOR = "x-forwarded-for";

    TrustedProxies {
        ranges = List.copyOf(ranges);
    }

    /// Reads `TWOTICK_TRUSTED_PROXIES` and `TWOTICK_PROXY_HEADER`.
    static TrustedProxies read(SettingsReader settings) {
        settings.about(
                Section.POSTING,
                "TWOTICK_TRUSTED_PROXIES",
                "addresses and ranges of your proxies, such as `10.0.0.0/8`: theirs is the header that says whose request"
                        + " it is; see [behind a proxy](deploy.md)");
        settings.about(
                Section.POSTING, "TWOTICK_PROXY_HEADER", "which header that is, `X-Forwarded-For` or `Forwarded`");
        List<Cidr> ranges = settings.parse(
                "TWOTICK_TRUSTED_PROXIES",
                List.of(),
                "a list of addresses and ranges such as 127.0.0.1,10.0.0.0/8,fd00::/8",
                text -> Arrays.stream(text.split(",", -1))
                        .map(String::strip)
                        .map(Cidr::parse)
                        .toList());
        String header = settings.text("TWOTICK_PROXY_HEADER", X_FORWARDED_FOR).toLowerCase(Locale.ROOT);
        if (!List.of(X_FORWARDED_FOR, FORWARDED).contains(header)) {
            settings.problem("TWOTICK_PROXY_HEADER", "is not one of X-Forwarded-For, Forwarded");
        }
        return new TrustedProxies(ranges, header);
    }

    /// Whose request it is: the client's address as far as it is known, else that of the last proxy that is trusted.
    ///
    /// @return null when the line has no address, such as a Unix socket's
    @Nullable
    InetAddress client(Request request) {
        SocketAddress sender = WebhookPost.sender(request);
        InetAddress address = sender instanceof InetSocketAddress inet ? inet.getAddress() : null;
        return address == null || !isTrusted(address)
                ? address
                : client(address, String.join(",", request.getHeaders().getValuesList(header)));
    }

    /// @param proxy that it came from
    /// @param value of the header, all its lines
    InetAddress client(InetAddress proxy, String value) {
        InetAddress address = proxy;
        for (String hop : fromTheRight(value)) {
            InetAddress before = address(hop);
            if (before == null) {
                return address; // hidden, or nonsense
            }
            address = before;
            if (!isTrusted(address)) {
                return address;
            }
        }
        return address;
    }

    private boolean isTrusted(InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    /// Its elements, the last one first. A comma between quotes is none, and quotes are counted from the right too:
    /// what a client has left open must not swallow what a proxy added after it.
    private static List<String> fromTheRight(String value) {
        List<String> elements = new ArrayList<>();
        boolean quoted = false;
        int end = value.length();
        for (int i = end - 1; i >= 0; i--) {
            char c = value.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                elements.add(value.substring(i + 1, end));
                end = i;
            }
        }
        elements.add(value.substring(0, end));
        return elements;
    }

    /// @return null when the element holds no address
    private @Nullable InetAddress address(String element) {
        String node = header.equals(FORWARDED) ? forParameter(element) : element.strip();
        try {
            return InetAddress.ofLiteral(withoutPort(node));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String forParameter(String element) {
        for (String pair : element.split(";", -1)) {
            String stripped = pair.strip();
            if (stripped.regionMatches(true, 0, "for=", 0, 4)) {
                return stripped.substring(4).replace("\"", "").strip();
            }
        }
        return "";
    }

    /// `192.0.2.1:4711` and `[2001:db8::1]:4711` too.
    private static String withoutPort(String node) {
        if (node.startsWith("[")) {
            return node.substring(1, Math.max(1, node.indexOf(']')));
        }
        int colon = node.indexOf(':');
        return colon >= 0 && colon == node.lastIndexOf(':') ? node.substring(0, colon) : node;
    }
}
