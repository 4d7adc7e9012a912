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
# Which commit it is, for --version and metrics: docker build --build-arg COMMIT=…
ARG COMMIT=
ENV MAVEN_USER_HOME=/maven MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow
RUN --mount=type=cache,target=/maven \
    ./mvnw -B -ntp -q -Dmaven.repo.local=/maven/repository -Dchecks=-proc:none "-Dtwotick.commit=$COMMIT" -pl ingest,worker,tools/devstack -am compile jar:jar dependency:copy-dependencies@lib && \
    for process in ingest worker; do \
      mkdir -p /out/$process/own/lib && \
      mv $process/target/lib /out/$process/lib && \
      mv /out/$process/lib/shared-model-*.jar /out/$process/lib/db-*.jar /out/$process/lib/queue-*.jar /out/$process/own/lib/ && \
      mv $process/target/$process-*.jar /out/$process/own/$process.jar || exit 1; \
    done && \
    mkdir /out/devstack && mv tools/devstack/target/devstack-*.jar /out/devstack/devstack.jar && mv tools/devstack/target/lib /out/devstack/

FROM eclipse-temurin:25-jre AS runtime
RUN groupadd --gid 10001 twotick && \
    useradd --uid 10001 --gid twotick --home-dir /app --no-create-home --shell /usr/sbin/nologin twotick && \
    install -d -o twotick -g twotick /var/lib/twotick/media
WORKDIR /app
COPY docker/healthy /usr/local/bin/healthy
USER twotick
# Below: JAVA_OPTS replaces both options. G1 by name, since in a small container the JVM would choose the serial collector.

# The JVM that will run them runs both under load, on stores that devstack brings, and writes down what it learned
# (docs/decisions/processes-start-trained.md). Where that cannot be, the images are without, and start slower.
FROM runtime AS trained
COPY --from=build /out/devstack devstack
COPY --from=build /out/ingest/lib ingest/lib
COPY --from=build /out/ingest/own ingest
COPY --from=build /out/worker/lib worker/lib
COPY --from=build /out/worker/own worker
RUN mkdir -p /tmp/aot/ingest /tmp/aot/worker && \
    { XDG_CACHE_HOME=/tmp/cache TWOTICK_HOME=/tmp/home java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        -jar devstack/devstack.jar train --into /tmp/aot --jvm=-XX:+UseG1GC ingest/ingest.jar worker/worker.jar && \
      mv /tmp/aot/ingest-*.aot /tmp/aot/ingest/ingest.aot && mv /tmp/aot/worker-*.aot /tmp/aot/worker/worker.aot || \
      echo 'twotick: NOT trained; these images start slower than they could'; }

FROM runtime AS ingest
COPY --from=build /out/ingest/lib lib
COPY --from=build /out/ingest/own ./
COPY --from=trained /tmp/aot/ingest ./
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_HTTP_PORT:-8080}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -XX:AOTCache=ingest.aot -Xlog:aot=off -Xlog:cds=off -jar ingest.jar \"$@\"", "ingest"]

FROM runtime AS worker
# health and metrics for whoever is in the container's network; a port that nobody publishes is in no other
ENV TWOTICK_WORKER_HOST=0.0.0.0
COPY --from=build /out/worker/lib lib
COPY --from=build /out/worker/own ./
COPY --from=trained /tmp/aot/worker ./
EXPOSE 8082
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_WORKER_PORT:-8082}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -XX:AOTCache=worker.aot -Xlog:aot=off -Xlog:cds=off -jar worker.jar \"$@\"", "worker"]
