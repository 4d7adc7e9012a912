#!/usr/bin/env bash
# Javalin 7.2.3: a path that has a GET handler and no HEAD handler answers HEAD with 200, without asking the handler.
# A health page that answers GET with 503 so tells every load balancer that asks by HEAD that all is well.
# The method that decides is X-HTTP-Method-Override's where the header is there: a POST from Meta through a proxy or a
# client that adds it is routed as another method, and not received.
# What helps: a HEAD route beside each GET route, and the header taken off by a Jetty customizer before Javalin.
set -euo pipefail
javalin=7.2.3
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>io.javalin</groupId><artifactId>javalin</artifactId><version>$javalin</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib > mvn.log 2>&1 ||
  { tail -n 5 mvn.log; exit 1; }

cat > Health.java <<'JAVA'
import io.javalin.Javalin;

public class Health {
    public static void main(String[] args) {
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.routes.get("/health", ctx -> ctx.status(503).result("down"));
            config.routes.post("/webhook", ctx -> ctx.result("received"));
        });
        javalin.start("127.0.0.1", 0);
        System.out.println(javalin.port());
    }
}
JAVA
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
"$java" -cp 'lib/*' Health.java > port 2> java.log &
server=$!
for _ in $(seq 300); do [ -s port ] && break; kill -0 "$server" || { cat java.log; exit 1; }; sleep 0.1; done
url=http://127.0.0.1:$(cat port)

status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
get=$(status "$url/health")
head=$(status -I "$url/health")
post=$(status -d '{}' "$url/webhook")
renamed=$(status -d '{}' -H 'X-HTTP-Method-Override: PUT' "$url/webhook")
echo "Javalin $javalin: GET /health $get, HEAD /health $head; POST $post, POST with X-HTTP-Method-Override: PUT $renamed"
[ "$get $head $post $renamed" = '503 200 200 404' ]
