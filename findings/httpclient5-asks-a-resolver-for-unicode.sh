#!/usr/bin/env bash
# Apache HttpClient 5.6.5: a DnsResolver of one's own is asked for bücher.example where the URL says xn--bcher-kva.example.
#
# HttpClient turns punycode into Unicode when it parses the host (Host, in httpcore5), and only its SystemDefaultDnsResolver
# turns it back. Whoever sets a DnsResolver, as a guard against calls into the own network must, and passes the name on to
# InetAddress.getAllByName, as all examples do, asks name servers for a name that none has: hosts that are reached with
# the default resolver are "unknown". What helps: IDN.toASCII(host) first. A name that IDNA 2003 cannot write comes as it was.
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
cat > Asked.java <<'JAVA'
import java.net.*;
import org.apache.hc.client5.http.*;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.*;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;

class Asked {
    public static void main(String[] arguments) throws Exception {
        DnsResolver resolver = new DnsResolver() {
            public InetAddress[] resolve(String host) throws UnknownHostException {
                System.out.print("asked for ");
                host.chars().forEach(c -> System.out.print(c < 128 ? "" + (char) c : "\\u%04x".formatted(c)));
                System.out.println();
                throw new UnknownHostException(host);
            }
            public String resolveCanonicalHostname(String host) { return host; }
        };
        try (CloseableHttpClient client = HttpClients.custom().setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create().setDnsResolver(resolver).build()).build()) {
            for (String host : new String[] {"xn--bcher-kva.example", "xn--strae-oqa.example"}) {
                System.out.print(host + ": ");
                try { client.execute(new HttpGet("http://" + host + "/"), answer -> null); } catch (UnknownHostException e) { }
            }
        }
    }
}
JAVA
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
said=$("$java" -cp 'lib/*' Asked.java 2>/dev/null)
echo "httpclient5 5.6.5"; echo "$said"
[ "$said" = 'xn--bcher-kva.example: asked for b\u00fccher.example
xn--strae-oqa.example: asked for xn--strae-oqa.example' ]
