package dev.twotick.ingest;

import dev.twotick.ingest.TlsSettings.Contents;
import dev.twotick.ingest.TlsSettings.Unusable;
import dev.twotick.model.process.Loop;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that new connections are shown. Once a second it is looked whether the files hold something else:
/// their dates and links tell less. What does not fit (one file of two is new, one is half written) is said, and the
/// old certificate stays; connections that are open keep what they have.
final class CertificateWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CertificateWatch.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final TlsSettings settings;
    private final InstantSource clock;
    private final SslContextFactory.Server jetty = new SslContextFactory.Server();
    private final Thread watch = Loop.thread("watch-certificate", this::lookAgain);
    private volatile TlsIdentity identity;
    private volatile String problem = "";
    private Contents served;

    /// @throws IllegalStateException when a file has gone bad since the settings were read
    CertificateWatch(TlsSettings settings, InstantSource clock, IngestMetrics metrics) {
        this.settings = settings;
        this.clock = clock;
        try {
            served = settings.files();
            identity = TlsIdentity.of(served);
            jetty.setSslContext(identity.context());
        } catch (Unusable e) {
            throw new IllegalStateException(e.setting + " " + e.whatAndWhatToDo, e);
        }
        jetty.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        jetty.setRenegotiationAllowed(false);
        jetty.setWantClientAuth(settings.clientCa().isPresent());
        watch.setDaemon(true);
        metrics.daysLeft("server", () -> days(identity.ends()));
        if (settings.clientCa().isPresent()) {
            metrics.daysLeft("client CA", () -> days(identity.clientCaEnds()));
        }
        logRead();
    }

    SslContextFactory.Server jetty() {
        return jetty;
    }

    /// When the server runs.
    void start() {
        watch.start();
    }

    /// Why the files are not what is served, if they are not: [HealthEndpoint] says it.
    List<String> warnings() {
        return problem.isEmpty() ? List.of() : List.of(problem + "; the certificate that was there before is served");
    }

    private boolean lookAgain() throws Exception {
        Thread.sleep(PAUSE);
        try {
            look();
        } catch (Unusable e) {
            keep(e.setting + " " + e.whatAndWhatToDo);
        }
        return true;
    }

    private void look() throws Exception {
        Contents files = settings.files();
        boolean news = !same(files, served);
        if (news) {
            TlsIdentity read = TlsIdentity.of(files);
            jetty.reload(factory -> factory.setSslContext(read.context()));
            identity = read;
            served = files;
        }
        if (news || !problem.isEmpty()) {
            problem = "";
            logRead();
        }
    }

    private static boolean same(Contents one, Contents other) {
        return Arrays.equals(one.certificate(), other.certificate())
                && Arrays.equals(one.key(), other.key())
                && Arrays.equals(one.clientCa(), other.clientCa());
    }

    private void keep(String why) {
        if (!why.equals(problem)) {
            log.warn("certificate=kept problem=\"{}\"", why);
            problem = why;
        }
    }

    private void logRead() {
        log.info(
                "certificate=read ends={} days_left={} client_cas={}",
                identity.ends(),
                (long) days(identity.ends()),
                identity.clientCas().size());
    }

    private double days(Instant end) {
        return Duration.between(clock.instant(), end).toSeconds()
                / (double) Duration.ofDays(1).toSeconds();
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
