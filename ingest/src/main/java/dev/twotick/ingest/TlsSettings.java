package dev.twotick.ingest;

import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where TLS is served, and with which files, which somebody else renews.
///
/// @param port        0 for any free one
/// @param certificate PEM: ours, and those between it and its authority's
/// @param key         PEM, PKCS#8
/// @param clientCa    PEM: who signs the certificates of those that may post; without it anybody may try
/// @param clientName  whom such a certificate must be for
record TlsSettings(int port, Path certificate, Path key, Optional<Path> clientCa, String clientName) {
    static final String CERTIFICATE = "TWOTICK_TLS_CERTIFICATE_FILE";
    static final String KEY = "TWOTICK_TLS_KEY_FILE";
    static final String CLIENT_CA = "TWOTICK_TLS_CLIENT_CA_FILE";
    private static final String CLIENT_NAME = "TWOTICK_TLS_CLIENT_NAME";
    private static final String PORT = "TWOTICK_TLS_PORT";
    /// For whom Meta's client certificate is: see its page on webhooks, "mTLS for webhooks".
    private static final String META = "client.webhooks.fbclientcerts.com";

    /// A file is there and is not what it should be, or cannot be read.
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        /// Which of the settings names it.
        final String setting;

        final String whatAndWhatToDo;

        /// @param whatAndWhatToDo completes the setting's name; nothing of what the file holds
        Unusable(String setting, String whatAndWhatToDo) {
            super(whatAndWhatToDo);
            this.setting = setting;
            this.whatAndWhatToDo = whatAndWhatToDo;
        }
    }

    /// Looks into the files as well.
    static Optional<TlsSettings> read(SettingsReader settings, int httpPort) {
        describe(settings);
        Optional<String> certificate = settings.text(CERTIFICATE);
        Optional<String> key = settings.text(KEY);
        Optional<String> clientCa = settings.text(CLIENT_CA);
        int port = settings.integer(PORT, 8443, 0, 65_535);
        String clientName = settings.text(CLIENT_NAME, META);
        if (certificate.isEmpty() && key.isEmpty()) {
            if (clientCa.isPresent()) {
                settings.problem(CLIENT_CA, "asks for TLS: set " + CERTIFICATE + " and " + KEY + " too");
            }
            return Optional.empty();
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            settings.problem(certificate.isEmpty() ? CERTIFICATE : KEY, "is not set, and the other of the two is");
            return Optional.empty();
        }
        if (port != 0 && port == httpPort) {
            settings.problem(PORT, "is TWOTICK_HTTP_PORT too, where /metrics stays: take another");
        }
        if (settings.text(CLIENT_NAME).isPresent() && clientCa.isEmpty()) {
            settings.problem(CLIENT_NAME, "proves nothing without " + CLIENT_CA);
        }
        TlsSettings read = new TlsSettings(
                port, Path.of(certificate.get()), Path.of(key.get()), clientCa.map(Path::of), clientName);
        try {
            TlsIdentity.of(read.files());
        } catch (Unusable e) {
            settings.problem(e.setting, e.whatAndWhatToDo);
        }
        return Optional.of(read);
    }

    private static void describe(SettingsReader settings) {
        settings.about(
                Section.PORTS,
                CERTIFICATE,
                "a PEM file for [TLS on `ingest` itself](deploy.md#tls-on-ingest-itself), read again when it changes;"
                        + " payloads then come over TLS alone");
        settings.about(Section.PORTS, KEY, "its key, PKCS#8; likewise");
        settings.about(Section.PORTS, PORT, "where `ingest` serves TLS");
        settings.about(Section.PORTS, CLIENT_CA, "the CA of Meta's client certificates: nobody else may post then");
        settings.about(Section.PORTS, CLIENT_NAME, "whom these certificates must be for");
    }

    /// What the files hold at this moment.
    ///
    /// @param clientCa empty when there is none
    record Contents(byte[] certificate, byte[] key, byte[] clientCa) {}

    Contents files() throws Unusable {
        return new Contents(
                bytes(CERTIFICATE, certificate),
                bytes(KEY, key),
                clientCa.isPresent() ? bytes(CLIENT_CA, clientCa.get()) : new byte[0]);
    }

    private static byte[] bytes(String setting, Path file) throws Unusable {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Unusable(
                    setting, "names a file that cannot be read (" + e.getClass().getSimpleName() + ")");
        }
        if (bytes.length == 0) {
            throw new Unusable(setting, "names a file that is empty");
        }
        return bytes;
    }
}
