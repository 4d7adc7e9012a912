#!/usr/bin/env bash
# SENTINEL FAILOVER, all servers healthy, forgets writes that were answered, with WAIT 1 behind each of them too: once a
# replica is promoted the old master goes on taking writes until it is told, and the other replica goes on saying that it
# has them. A number that is set with GET by each write (the old value is the one before) shows how many. WAIT for both
# replicas forgets none: the promoted one no longer answers for the old master.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>f</groupId><artifactId>f</artifactId><version>1</version><dependencies>
<dependency><groupId>redis.clients</groupId><artifactId>jedis</artifactId><version>8.0.2</version></dependency>
<dependency><groupId>com.github.codemonstur</groupId><artifactId>embedded-redis</artifactId><version>1.4.4</version></dependency>
</dependencies></project>
XML
(cd "$folder" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) || { echo "cannot get jedis"; exit 2; }
cat > "$folder/Failover.java" <<'JAVA'
import java.net.ServerSocket;
import java.nio.file.*;
import java.util.*;
import redis.clients.jedis.*;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;
import redis.embedded.core.ExecutableProvider;

public class Failover {
    static final List<Process> all = new ArrayList<>();

    static int start(Path folder, String name, String settings, String... options) throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0)) {
            port = any.getLocalPort();
        }
        Path home = Files.createDirectories(folder.resolve(name));
        Path configuration = home.resolve("conf");
        Files.writeString(configuration, "bind 127.0.0.1\nport " + port + "\ndir " + home + "\nsave \"\"\n" + settings);
        List<String> command = new ArrayList<>(List.of(server, configuration.toString()));
        command.addAll(List.of(options));
        all.add(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(home.resolve("log").toFile()).start());
        return port;
    }

    static String server;

    static boolean goesOn(int replicas, Path folder) throws Exception {
        int first = start(folder, "a", "");
        start(folder, "b", "replicaof 127.0.0.1 " + first + "\n");
        start(folder, "c", "replicaof 127.0.0.1 " + first + "\n");
        Thread.sleep(3_000);
        int sentinel = start(folder, "s", "sentinel monitor m 127.0.0.1 " + first + " 1\n", "--sentinel");
        Thread.sleep(3_000);
        int answered = 0;
        try (Jedis watch = new Jedis("127.0.0.1", sentinel); Jedis old = new Jedis("127.0.0.1", first)) {
            long end = System.nanoTime() + 5_000_000_000L;
            for (int n = 1; System.nanoTime() < end; n++) {
                if (n == 500) {
                    watch.sentinelFailover("m");
                }
                try {
                    old.set("n", String.valueOf(n));
                    answered = old.waitReplicas(replicas, 50) >= replicas ? n : answered;
                    Thread.sleep(1);
                } catch (JedisException demoted) {
                    break;
                }
            }
            Thread.sleep(3_000);
            int port = Integer.parseInt(watch.sentinelGetMasterAddrByName("m").get(1));
            try (Jedis master = new Jedis("127.0.0.1", port)) {
                int there = Integer.parseInt(master.setGet("n", "0", SetParams.setParams()));
                System.out.println("WAIT " + replicas + ": the last write answered is " + answered + ", the new master (another: "
                        + (port != first) + ") has " + there + ": forgotten " + Math.max(0, answered - there));
                return answered > there;
            }
        } finally {
            for (Process one : all) {
                one.destroyForcibly().waitFor();
            }
            all.clear();
        }
    }

    public static void main(String[] arguments) throws Exception {
        server = ExecutableProvider.newJarResourceProvider(Files.createTempDirectory(Path.of(arguments[0]), "bin").toFile()).get().getAbsolutePath();
        boolean one = goesOn(1, Path.of(arguments[0], "one"));
        boolean both = goesOn(2, Path.of(arguments[0], "both"));
        System.exit(one && !both ? 0 : 1);
    }
}
JAVA
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$folder/lib/*" "$folder/Failover.java" "$folder" 2>/dev/null
