package dev.twotick.worker.console.live;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServlet;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServletFactory;

/// The way to a socket. It is no route of Javalin's, which tells nobody of pongs.
public final class LiveServlet extends JettyWebSocketServlet {
    public static final String PATH = "/ws";
    private static final int UPGRADE_REQUIRED = 426;
    private static final long serialVersionUID = 1;

    private final transient LiveSockets sockets;
    private final String cookie;

    /// @param cookie the name of that which holds a page's session
    public LiveServlet(LiveSockets sockets, String cookie) {
        this.sockets = sockets;
        this.cookie = cookie;
    }

    @Override
    protected void configure(JettyWebSocketServletFactory factory) {
        factory.setCreator((request, response) -> {
            response.setExtensions(List.of()); // a thousand compressors would be larger than all that they compress
            return new LiveSocket(new LiveSocket.Request(session(request), query(request)), sockets);
        });
    }

    private static Map<String, List<String>> query(JettyServerUpgradeRequest request) {
        return request.getHttpServletRequest().getParameterMap().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> List.of(entry.getValue())));
    }

    /// A browser sends the cookie wherever a page comes from that opens a socket here, and says where that is: of a
    /// page of somebody else's it counts for nothing.
    private Optional<String> session(JettyServerUpgradeRequest request) {
        String origin = request.getHeader("Origin");
        boolean ours = origin != null && origin.replaceFirst("^https?://", "").equals(request.getHeader("Host"));
        Cookie[] cookies = request.getHttpServletRequest().getCookies();
        return !ours || cookies == null
                ? Optional.empty()
                : Stream.of(cookies)
                        .filter(one -> one.getName().equals(cookie))
                        .map(Cookie::getValue)
                        .findFirst();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Upgrade", "websocket");
        response.setStatus(UPGRADE_REQUIRED);
        response.setContentType("text/plain");
        response.getOutputStream().print("Open a WebSocket here: docs/live.md");
    }
}
