# Two images from one build: --target ingest and --target worker. --target dist --output FOLDER: what is in them, as files.
# Built twice from one commit with the same base images, COMMIT and SOURCE_DATE_EPOCH, all layers but that of the AOT caches
# are the same bytes (docs/release.md).
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG JRE_IMAGE=eclipse-temurin:25-jre

FROM ${JDK_IMAGE} AS build
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
# the age of all that is in the jars and the images, in seconds since 1970
ARG SOURCE_DATE_EPOCH=0
ENV MAVEN_USER_HOME=/maven MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow
RUN --mount=type=cache,target=/maven \
    ./mvnw -B -ntp -q -Dmaven.repo.local=/maven/repository -Dchecks=-proc:none "-Dtwotick.commit=$COMMIT" \
      "-Dproject.build.outputTimestamp=$(date -ud "@$SOURCE_DATE_EPOCH" +%FT%TZ)" -pl ingest,worker,tools/devstack -am \
      compile jar:jar dependency:copy-dependencies@lib license:add-third-party@licences cyclonedx:makeBom@sbom && \
    mkdir /out /out/devstack && mv tools/devstack/target/devstack-*.jar /out/devstack/devstack.jar && mv tools/devstack/target/lib /out/devstack/ && \
    for process in ingest worker; do \
      own=/out/$process/own/app lib=/out/$process/lib/app && mkdir -p $own/lib $lib && \
      java -jar /out/devstack/devstack.jar third-party $process/target/THIRD-PARTY.txt $process/target/lib > $own/THIRD-PARTY.txt && \
      mv $process/target/sbom.json $own/ && \
      mv $process/target/lib $lib/ && \
      mv $lib/lib/shared-model-*.jar $lib/lib/db-*.jar $lib/lib/queue-*.jar $own/lib/ && \
      mv $process/target/$process-*.jar $own/$process.jar || exit 1; \
    done && \
    find /out -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +

# What is in the images, for whoever runs them without a container.
FROM scratch AS dist
COPY --from=build /out/ingest/lib/app /out/ingest/own/app ingest/
COPY --from=build /out/worker/lib/app /out/worker/own/app worker/

FROM ${JRE_IMAGE} AS runtime
ARG SOURCE_DATE_EPOCH=0
RUN --mount=type=bind,source=docker/healthy,target=/tmp/healthy \
    touch /tmp/begin && \
    groupadd --gid 10001 twotick && \
    useradd --uid 10001 --gid twotick --home-dir /app --no-create-home --shell /usr/sbin/nologin twotick && \
    install -d -o twotick -g twotick /var/lib/twotick/media && \
    install -m 755 /tmp/healthy /usr/local/bin/healthy && mkdir /app && \
    find /app /etc /usr/local /var -newer /tmp/begin ! -name hosts ! -name resolv.conf -exec touch -hd "@$SOURCE_DATE_EPOCH" {} + && \
    rm /tmp/begin && touch -d "@$SOURCE_DATE_EPOCH" /tmp
WORKDIR /app
USER twotick
# Below: JAVA_OPTS replaces both options. G1 by name, since in a small container the JVM would choose the serial collector.

# The JVM that will run them runs both under load, on stores that devstack brings, and writes down what it learned
# (docs/decisions/processes-start-trained.md). Where that cannot be, the images are without, and start slower.
FROM runtime AS trained
COPY --from=build /out/devstack devstack
COPY --from=build /out/ingest/lib/app /out/ingest/own/app ingest/
COPY --from=build /out/worker/lib/app /out/worker/own/app worker/
RUN mkdir -p /tmp/aot/ingest /tmp/aot/worker && \
    { XDG_CACHE_HOME=/tmp/cache TWOTICK_HOME=/tmp/home java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        -jar devstack/devstack.jar train --into /tmp/aot --jvm=-XX:+UseG1GC ingest/ingest.jar worker/worker.jar && \
      mv /tmp/aot/ingest-*.aot /tmp/aot/ingest/ingest.aot && mv /tmp/aot/worker-*.aot /tmp/aot/worker/worker.aot || \
      echo 'twotick: NOT trained; these images start slower than they could'; }

FROM runtime AS ingest
COPY --from=build /out/ingest/lib /
COPY --from=build /out/ingest/own /
COPY --from=trained /tmp/aot/ingest ./
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_HTTP_PORT:-8080}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -XX:AOTCache=ingest.aot -Xlog:aot=off -Xlog:cds=off -jar ingest.jar \"$@\"", "ingest"]

FROM runtime AS worker
# health and metrics for whoever is in the container's network; a port that nobody publishes is in no other
ENV TWOTICK_WORKER_HOST=0.0.0.0
COPY --from=build /out/worker/lib /
COPY --from=build /out/worker/own /
COPY --from=trained /tmp/aot/worker ./
EXPOSE 8082
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=3 CMD healthy "${TWOTICK_WORKER_PORT:-8082}"
ENTRYPOINT ["/bin/sh", "-c", "exec java -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED ${JAVA_OPTS:--XX:MaxRAMPercentage=75 -XX:+UseG1GC} -XX:AOTCache=worker.aot -Xlog:aot=off -Xlog:cds=off -jar worker.jar \"$@\"", "worker"]
