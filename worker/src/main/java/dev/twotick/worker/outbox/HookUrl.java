package dev.twotick.worker.outbox;

import java.net.URI;

/// The address of an endpoint. Where it leads is judged at each call, after its name is resolved.
final class HookUrl {

    /// @throws IllegalArgumentException when it is not http or https with a host, or carries a user or a fragment
    static URI parse(String text) {
        URI url = URI.create(text.strip());
        boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!web || url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("not a hook's URL");
        }
        return url;
    }

    private HookUrl() {}
}
