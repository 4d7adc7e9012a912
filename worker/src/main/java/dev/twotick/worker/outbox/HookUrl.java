package dev.twotick.worker.outbox;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The address of an endpoint. Where it leads is judged at each call, after its name is resolved.
final class HookUrl {
    // what URI takes for no host: names of containers may hold _
    private static final Pattern CONTAINER = Pattern.compile("([A-Za-z0-9_.-]+)(?::(\\d{1,5}))?");

    private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z]+://(?:[^/?#@]*@)?([^/?#@]+).*");
    private static final String NO_HOST_NAME = "has a host name that is none: letters, digits, '-', '.' and '_', no '-'"
            + " at the end of a part, then perhaps a colon and a port";

    /// @throws IllegalArgumentException when no call can go there; the message completes "TWOTICK_HOOK_URL …", says
    ///     what to write instead, and repeats no more of it than a character
    static URI parse(String text) {
        String stripped = text.strip();
        URI url;
        try {
            url = new URI(stripped);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(syntax(stripped, e), e);
        }
        refuseUnless(
                "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()),
                "begins with neither http:// nor https://");
        String authority = url.getRawAuthority() == null ? "" : url.getRawAuthority();
        refuseUnless(authority.indexOf('@') < 0, "carries a user name or password: leave it out, calls are signed");
        refuseUnless(url.getRawFragment() == null, "ends in a fragment: leave out # and what follows");
        refuseUnless(!authority.isEmpty(), "names no host, such as https://example.com/hook does");
        judgeHost(url, authority);
        return URI.create(url.toASCIIString()); // its path and query as they travel
    }

    /// For people to read.
    static String host(String url) {
        Matcher authority = AUTHORITY.matcher(url);
        return authority.matches() ? authority.group(1) : "?";
    }

    private static void judgeHost(URI url, String authority) {
        int port = url.getPort();
        if (url.getHost() == null) {
            // which of two codings (IDNA 2003, 2008) its registry means, nobody can tell: they lead to different hosts
            refuseUnless(
                    authority.chars().allMatch(c -> c < 128),
                    "has a host name with letters beyond ASCII: write it in its xn-- form, which your registry or"
                            + " browser shows (such as xn--bcher-kva.example)");
            Matcher container = CONTAINER.matcher(authority);
            refuseUnless(container.matches() && authority.indexOf('_') >= 0, NO_HOST_NAME);
            // a server with several names would answer with another's certificate, or not at all
            refuseUnless(
                    "http".equalsIgnoreCase(url.getScheme()),
                    "has a host name with _, for which TLS names no server: take one without it, or http inside a"
                            + " network of containers");
            port = container.group(2) == null ? -1 : Integer.parseInt(container.group(2));
        }
        refuseUnless(port == -1 || (port > 0 && port <= 65_535), "has no port from 1 to 65535 after the colon");
    }

    private static String syntax(String text, URISyntaxException e) {
        String reason = e.getReason();
        if (reason.endsWith("in authority")) {
            return NO_HOST_NAME;
        }
        if (reason.startsWith("Malformed escape pair")) {
            return "is no URL (" + reason + "): write %25 in place of a bare %";
        }
        char at = e.getIndex() < 0 || e.getIndex() >= text.length() ? 0 : text.charAt(e.getIndex());
        return reason.startsWith("Illegal character") && at >= ' ' && at < 127
                ? "holds a character that no URL may hold: write %%%02X in place of %s"
                        .formatted((int) at, at == ' ' ? "a space" : at)
                : "is no URL (" + reason + ")";
    }

    private static void refuseUnless(boolean holds, String why) {
        if (!holds) {
            throw new IllegalArgumentException(why);
        }
    }

    private HookUrl() {}
}
