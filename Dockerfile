# Two images from one build: --target ingest and --target worker.

FROM eclipse-temurin:25-jdk AS build
WORKDIR /src
COPY mvnw pom.xml ./
COPY .mvn .mvn
COPY shared-model shared-model
COPY db db
COPY queue queue
COPY tools tools
COPY ingest ingest
COPY worker worker
# Compiles and packs; `./twotick test` is what checks and tests. The cache keeps Maven and the libraries from one build to
# the next. own/ is ours, lib/ is not: the large layer changes only when a library does.
ENV MAVEN_USER_HOME=/maven MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow
RUN --mount=type=cache,target=/maven \
    ./mvnw -B -ntp -q -Dmaven.repo.local=/maven/repository -Dchecks=-proc:none -pl ingest,worker -am compile jar:jar dependency:copy-dependencies@lib && \
    for process in ingest worker; do \
      mkdir -p /out/$process/own/lib && \
      mv $process/target/lib /out/$process/lib && \
      mv /out/$process/lib/shared-model-*.jar /out/$process/lib/db-*.jar /out/$process/lib/queue-*.jar /out/$process/own/lib/ && \
      mv $process/target/$process-*.jar /out/$process/own/$process.jar || exit 1; \
    done

FROM eclipse-temurin:25-jre AS runtime
RUN groupadd --gid 10001 twotick && \
    useradd --uid 10001 --gid twotick --home-dir /app --no-create-home --shell /usr/sbin/nologin twotick
WORKDIR /app
COPY docker/healthy /usr/local/bin/healthy
USER twotick
# Below: JAVA_OPTS replaces both options. G1 by name, since in a small container the JVM would choose the serial collector.

FROM runtime AS ingest
COPY --from=build /out/ingest/lib lib
COPY --from=build /out/ingest/own ./
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_HTTP_PORT:-8080}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -jar ingest.jar \"$@\"", "ingest"]

FROM runtime AS worker
# health and metrics for whoever is in the container's network; a port that nobody publishes is in no other
ENV TWOTICK_WORKER_HOST=0.0.0.0
COPY --from=build /out/worker/lib lib
COPY --from=build /out/worker/own ./
EXPOSE 8082
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_WORKER_PORT:-8082}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -jar worker.jar \"$@\"", "worker"]
