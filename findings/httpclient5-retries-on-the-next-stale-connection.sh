#!/usr/bin/env bash
# Apache HttpClient 5.6.5: the retry after a stale kept connection is given the next kept connection, stale too.
#
# A server that restarts closes all connections that a client keeps. HttpClient's default strategy tries an idempotent
# request once more after NoHttpResponseException, which reads as "a stale connection is no failure". But the second try
# leases from the same pool: with one kept connection it succeeds, with two the request fails although the server is up
# and would have taken it on a fresh connection. More retries only move the number.
# What helps: make the second try with a client that keeps no connections (setConnectionReuseStrategy((a, b, c) -> false)).
#
# Needs a JDK 21 or newer and Maven. Exits non-zero when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.httpcomponents.client5</groupId><artifactId>httpclient5</artifactId><version>5.6.5</version></dependency>
</dependencies></project>
XML
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1
cat > Stale.java <<'JAVA'
import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.*;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.impl.classic.*;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;

class Stale {
    /// A request of nothing but a head.
    static boolean request(InputStream in) throws IOException {
        int newlines = 0;
        for (int c; newlines < 4 && (c = in.read()) >= 0; ) newlines = c == '\r' || c == '\n' ? newlines + 1 : 0;
        return newlines == 4;
    }

    public static void main(String[] arguments) throws Exception {
        for (int kept : new int[] {1, 2, 8}) System.out.println("kept=" + kept + " then: " + afterRestart(kept));
    }

    /// Each connection answers one request, and is closed when the second comes: as after a restart of the server.
    static String afterRestart(int kept) throws Exception {
        CountDownLatch all = new CountDownLatch(kept);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                CloseableHttpClient client = HttpClients.custom()
                        .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create().setMaxConnPerRoute(20).build())
                        .build()) {
            Thread.ofPlatform().daemon().start(() -> {
                while (!server.isClosed()) try {
                    Socket socket = server.accept();
                    Thread.ofPlatform().daemon().start(() -> {
                        try (socket) {
                            request(socket.getInputStream());
                            all.countDown();
                            all.await();
                            socket.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes());
                            request(socket.getInputStream());
                        } catch (Exception e) { }
                    });
                } catch (IOException e) { return; }
            });
            HttpPut put = new HttpPut("http://127.0.0.1:" + server.getLocalPort() + "/");
            List<Thread> first = new ArrayList<>();
            for (int i = 0; i < kept; i++) first.add(Thread.ofPlatform().start(() -> {
                try { client.execute(new HttpPut(put.getUri()), answer -> null); } catch (Exception e) { throw new RuntimeException(e); }
            }));
            for (Thread each : first) each.join();
            try {
                return String.valueOf(client.execute(put, answer -> answer.getCode()).intValue());
            } catch (IOException e) {
                return e.getClass().getSimpleName();
            }
        }
    }
}
JAVA
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
said=$("$java" -cp "lib/*" Stale.java 2>/dev/null)
echo "httpclient5 5.6.5"; echo "$said"
[ "$said" = "$(printf 'kept=1 then: 204\nkept=2 then: NoHttpResponseException\nkept=8 then: NoHttpResponseException')" ]
