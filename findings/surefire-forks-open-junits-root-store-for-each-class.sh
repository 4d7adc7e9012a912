#!/usr/bin/env bash
# What a JUnit extension keeps in the root store ("once for the whole run") is opened and closed once for all classes by
# Surefire with one fork. With forkCount=2 and reuseForks (the default) a JVM still runs many classes, but Surefire starts
# JUnit anew for each of them: the same resource is opened and closed once for each class. Servers that were started once
# are started for every class, and static state of the JVM outlives the store that owned it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src/test/java"
cat > "$folder/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>6.1.3</version><scope>test</scope></dependency>
  </dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.5.6</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.14.1</version></plugin>
  </plugins></build>
</project>
POM
cat > "$folder/src/test/java/Once.java" <<'JAVA'
import org.junit.jupiter.api.extension.*;

/// As a database container is shared by all classes: in the root context's store.
public class Once implements BeforeAllCallback {
    static class Resource implements AutoCloseable {
        Resource() { System.out.println("PROBE opened in process " + ProcessHandle.current().pid()); }
        public void close() { System.out.println("PROBE closed in process " + ProcessHandle.current().pid()); }
    }
    public void beforeAll(ExtensionContext context) {
        context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).computeIfAbsent("once", key -> new Resource());
    }
}
JAVA
for name in A B C D E F; do
  cat > "$folder/src/test/java/${name}Test.java" <<JAVA
import org.junit.jupiter.api.*;
import org.junit.jupiter.api.extension.ExtendWith;
@ExtendWith(Once.class) class ${name}Test { @Test void runs() {} }
JAVA
done
count() {
  (cd "$folder" && mvn -q -B test -DforkCount="$1") > "$folder/out" 2>&1 || { echo 'cannot run Maven'; cat "$folder/out"; exit 2; }
  opened=$(grep -c 'PROBE opened' "$folder/out"); jvms=$(grep -o 'opened in process [0-9]*' "$folder/out" | sort -u | wc -l)
}
echo 'maven-surefire-plugin 3.5.6, junit-jupiter 6.1.3, six test classes'
count 1; one=$opened; echo "forkCount=1: $jvms JVM, the root store's resource opened $opened times"
count 2; echo "forkCount=2: $jvms JVMs, the root store's resource opened $opened times"
[ "$one" = 1 ] && [ "$opened" = 6 ] && [ "$jvms" -le 2 ]
