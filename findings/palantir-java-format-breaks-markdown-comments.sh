#!/usr/bin/env bash
# palantir-java-format 2.103.0 on JDK 25: of a documentation comment of several `///` lines, of which one is longer than
# the line, the wrapped rest loses its `///` and stands in the source as code. Spotless' `apply` writes that into the file.
# Since JDK 23 javac hands out such lines as one comment; the formatter puts a prefix before a comment's first line alone.
# One `///` line alone, and `//` lines, are wrapped well. What helps: keep the lines of `///` blocks within 120 characters.
set -euo pipefail
version=2.103.0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>com.palantir.javaformat</groupId><artifactId>palantir-java-format</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib > mvn.log 2>&1 ||
  { tail -n 5 mvn.log; exit 1; }

cat > Format.java <<'JAVA'
import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.JavaFormatterOptions;

public class Format {
    static final String LONG = "word ".repeat(24).strip();

    public static void main(String[] args) throws Exception {
        System.out.println("// lines  : " + format("// one\n    // " + LONG));
        System.out.println("/// line  : " + format("/// " + LONG));
        System.out.println("/// lines : " + format("/// one\n    /// " + LONG));
    }

    static String format(String comment) throws Exception {
        var options = JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.PALANTIR).build();
        String formatted = Formatter.createFormatter(options).formatSource("class A {\n    " + comment + "\n    int x;\n}\n");
        boolean commented = formatted.lines().filter(line -> line.contains("word")).allMatch(line -> line.strip().startsWith("//"));
        return commented ? "still a comment" : "code now: " + formatted.lines().filter(line -> line.strip().startsWith("word")).findFirst().orElseThrow().strip();
    }
}
JAVA
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
options=()
for package in api code file main parser tree util; do
  options+=(--add-exports "jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED")
done
"$java" -version 2>&1 | head -n 1
"$java" "${options[@]}" -cp 'lib/*' Format.java | tee seen
cat > expected <<'TEXT'
// lines  : still a comment
/// line  : still a comment
/// lines : code now: word word word
TEXT
diff expected seen
