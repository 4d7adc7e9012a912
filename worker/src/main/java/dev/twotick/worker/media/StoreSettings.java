package dev.twotick.worker.media;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Where media are kept.
public sealed interface StoreSettings {
    String STORE = "TWOTICK_MEDIA_STORE";

    record Folder(Path path) implements StoreSettings {}

    /// @param prefix   of every key; empty or with a slash at its end
    /// @param endpoint empty: Amazon's own of the region
    /// @param keys     of this moment; empty: as Amazon's tools look for them
    record Bucket(String name, String prefix, Optional<URI> endpoint, String region, Supplier<Optional<Keys>> keys)
            implements StoreSettings {}

    record Keys(String id, String secret) {
        @Override
        public String toString() {
            return "Keys[" + id + "]";
        }
    }

    /// Reads `TWOTICK_MEDIA_STORE` and `TWOTICK_BUCKET_*`.
    static Optional<StoreSettings> read(SettingsReader settings, LiveSettings live) {
        describe(settings);
        Optional<Keys> first = keys(settings);
        AtomicReference<Optional<Keys>> keys = new AtomicReference<>(first);
        live.follow("TWOTICK_BUCKET_SECRET_KEY", first, StoreSettings::keys, keys::set);
        Optional<URI> endpoint = settings.parse(
                "TWOTICK_BUCKET_ENDPOINT",
                Optional.empty(),
                "an address such as https://minio.example.com:9000",
                text -> Optional.of(endpoint(text)));
        String region = settings.text("TWOTICK_BUCKET_REGION", "us-east-1");
        return settings.parse(
                STORE,
                Optional.empty(),
                "a folder, as /var/lib/twotick/media or file:///var/lib/twotick/media, or s3://bucket/prefix",
                text -> Optional.of(
                        text.startsWith("s3:")
                                ? bucket(
                                        URI.create(text.strip()),
                                        endpoint,
                                        region,
                                        () -> Objects.requireNonNull(keys.get()))
                                : folder(text.strip())));
    }

    private static void describe(SettingsReader settings) {
        settings.about(
                Section.MEDIA,
                STORE,
                "where the role `media` keeps files: a folder that all workers with it share,"
                        + " or `s3://bucket/prefix`; see [media.md](media.md)");
        settings.about(
                Section.MEDIA,
                "TWOTICK_BUCKET_ENDPOINT",
                "of a bucket that is not Amazon's; keys are in its path then");
        settings.about(Section.MEDIA, "TWOTICK_BUCKET_REGION", "of the bucket");
        settings.about(
                Section.MEDIA,
                "TWOTICK_BUCKET_ACCESS_KEY",
                "both unset: as Amazon's tools look for them (environment, container, instance; not web identity)",
                "the id of the bucket's keys");
        settings.about(Section.MEDIA, "TWOTICK_BUCKET_SECRET_KEY", "the secret of them");
    }

    private static Optional<Keys> keys(SettingsReader settings) {
        Optional<String> id = settings.secret("TWOTICK_BUCKET_ACCESS_KEY");
        Optional<String> secret = settings.secret("TWOTICK_BUCKET_SECRET_KEY");
        if (id.isPresent() != secret.isPresent()) {
            settings.problem(
                    id.isPresent() ? "TWOTICK_BUCKET_SECRET_KEY" : "TWOTICK_BUCKET_ACCESS_KEY",
                    "is not set, and the other one of the two is: set both or none");
        }
        return id.flatMap(name -> secret.map(key -> new Keys(name, key)));
    }

    private static URI endpoint(String text) {
        URI uri = URI.create(text.strip());
        if (uri.getHost() == null || uri.getScheme() == null || !uri.getScheme().matches("https?")) {
            throw new IllegalArgumentException();
        }
        return uri;
    }

    private static StoreSettings folder(String text) {
        try {
            Path path = text.startsWith("file:") ? Path.of(URI.create(text)) : Path.of(text);
            if (!path.isAbsolute()) {
                throw new IllegalArgumentException();
            }
            return new Folder(path.normalize());
        } catch (FileSystemNotFoundException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static StoreSettings bucket(URI uri, Optional<URI> endpoint, String region, Supplier<Optional<Keys>> keys) {
        String name = uri.getAuthority();
        if (name == null || !name.matches("[a-zA-Z0-9._-]{3,63}") || uri.getRawQuery() != null) {
            throw new IllegalArgumentException();
        }
        String prefix = uri.getPath().replaceAll("^/+|/+$", "");
        return new Bucket(name, prefix.isEmpty() ? "" : prefix + "/", endpoint, region, keys);
    }
}
