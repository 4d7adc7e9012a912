package dev.twotick.ingest;

import java.io.IOException;
import java.util.Map;

/// How a post comes in.
enum Way {
    PLAIN,
    TLS;

    Map<String, String> settings() {
        return this == TLS ? CertificateFiles.any().settings() : Map.of();
    }

    RawClient client(Ingest ingest) throws IOException {
        return this == TLS ? new RawClient(ingest.tlsPort()).overTls() : new RawClient(ingest.port());
    }

    /// From another network of this machine than the others.
    RawClient stranger(Ingest ingest) throws IOException {
        return this == TLS ? RawClient.stranger(ingest.tlsPort()).overTls() : RawClient.stranger(ingest.port());
    }
}
