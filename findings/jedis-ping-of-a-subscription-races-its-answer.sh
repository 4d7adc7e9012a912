#!/usr/bin/env bash
# JedisPubSub.ping() sends PING first and then notes that an answer will come. In RESP3, which Jedis 8 takes where the
# server has it, that answer is no list, and a subscription that reads it before it is noted ends: "Unexpected message :
# PONG". The busier the machine, the likelier. Who subscribes to the channel again is answered likewise, without a race.
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
cat > "$folder/Ping.java" <<'JAVA'
import java.net.ServerSocket;
import redis.clients.jedis.*;
import redis.embedded.RedisServer;

public class Ping {
    private static final int PINGS = 20_000;

    public static void main(String[] arguments) throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0)) {
            port = any.getLocalPort();
        }
        RedisServer server = RedisServer.newRedisServer().port(port).setting("bind 127.0.0.1").setting("save \"\"").build();
        server.start();
        boolean two = false;
        boolean three = false;
        try {
            two = survives(port, RedisProtocol.RESP2);
            three = survives(port, RedisProtocol.RESP3);
        } finally {
            server.stop();
        }
        System.exit(two && !three ? 0 : 1);
    }

    static boolean survives(int port, RedisProtocol protocol) throws Exception {
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder().protocol(protocol);
        JedisPubSub subscription = new JedisPubSub() {};
        Throwable[] fault = new Throwable[1];
        try (RedisClient client = RedisClient.builder().hostAndPort("127.0.0.1", port).clientConfig(config.build()).build()) {
            Thread listens = new Thread(() -> client.subscribe(subscription, "channel"));
            listens.setUncaughtExceptionHandler((thread, thrown) -> fault[0] = thrown);
            listens.start();
            while (!subscription.isSubscribed()) {
                Thread.sleep(10);
            }
            int pings = 0;
            while (pings < PINGS && listens.isAlive()) {
                subscription.ping();
                pings++;
                Thread.sleep(0, 200_000);
            }
            listens.join(1_000);
            System.out.println(protocol + ": after " + pings + " pings "
                    + (fault[0] == null ? "it goes on" : "it ended: " + fault[0].getMessage()));
            if (fault[0] == null) {
                subscription.unsubscribe();
            }
            listens.join();
            return fault[0] == null;
        }
    }
}
JAVA
echo "jedis $jedis: a subscription, and ping() on it, again and again"
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$folder/lib/*" "$folder/Ping.java" 2>/dev/null
