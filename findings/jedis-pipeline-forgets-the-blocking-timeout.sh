#!/usr/bin/env bash
# Jedis has two socket time-outs, one for commands that block: XREAD BLOCK waits under blockingSocketTimeoutMillis. In a
# pipeline the same command, on the same client, waits under socketTimeoutMillis: what only waits for its turn is a broken
# connection there. Nothing in the answers of the pipeline says that the server had begun to wait.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>f</groupId><artifactId>f</artifactId><version>1</version><dependencies>
<dependency><groupId>redis.clients</groupId><artifactId>jedis</artifactId><version>JEDIS</version></dependency>
<dependency><groupId>com.github.codemonstur</groupId><artifactId>embedded-redis</artifactId><version>1.4.4</version></dependency>
</dependencies></project>
XML
jedis=8.0.2
sed -i "s/JEDIS/$jedis/" "$folder/pom.xml"
(cd "$folder" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) || { echo "cannot get jedis $jedis"; exit 2; }
cat > "$folder/Blocking.java" <<'JAVA'
import java.net.ServerSocket;
import java.util.Map;
import redis.clients.jedis.*;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.params.XReadParams;
import redis.embedded.RedisServer;

public class Blocking {
    public static void main(String[] arguments) throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0)) {
            port = any.getLocalPort();
        }
        RedisServer server = RedisServer.newRedisServer().port(port).setting("bind 127.0.0.1").setting("save \"\"").build();
        server.start();
        boolean alone = false;
        boolean piped = false;
        try (RedisClient client = RedisClient.builder()
                .hostAndPort("127.0.0.1", port)
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(500)
                        .blockingSocketTimeoutMillis(10_000)
                        .build())
                .build()) {
            XReadParams params = XReadParams.xReadParams().block(2_000);
            Map<String, StreamEntryID> streams = Map.of("s", StreamEntryID.XREAD_NEW_ENTRY);
            try {
                System.out.println("xread by itself: " + client.xread(params, streams));
                alone = true;
            } catch (JedisConnectionException e) {
                System.out.println("xread by itself: " + e.getMessage());
            }
            try (AbstractPipeline pipeline = client.pipelined()) {
                Response<?> answer = pipeline.xread(params, streams);
                pipeline.sync();
                System.out.println("xread in a pipeline: " + answer.get());
            } catch (JedisConnectionException e) {
                System.out.println("xread in a pipeline: " + e.getMessage());
                piped = true;
            }
        } finally {
            server.stop();
        }
        System.exit(alone && piped ? 0 : 1);
    }
}
JAVA
echo "jedis $jedis: socketTimeoutMillis 500, blockingSocketTimeoutMillis 10000, BLOCK 2000"
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$folder/lib/*" "$folder/Blocking.java" 2>/dev/null
