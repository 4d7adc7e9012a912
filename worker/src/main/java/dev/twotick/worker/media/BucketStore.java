package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.jooq.DSLContext;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/// A bucket of S3, or of a server that speaks its protocol. A key appears with its whole object, and so nothing has to
/// be moved there; what comes is written to a folder among this machine's temporary files first, to be held against its
/// hash.
final class BucketStore implements MediaStore {
    /// With its own retries: less than a fetch leaves for it.
    private static final Duration LONGEST = Duration.ofSeconds(100);

    /// Statuses that say nothing of the one object: keys, rights, no bucket, too slow, too many calls.
    private static final Set<Integer> OF_ALL = Set.of(401, 403, 404, 408, 429);

    /// What a status 400 may be about instead: keys that have ended, another region.
    private static final Set<String> KEYS =
            Set.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthorizationHeaderMalformed");

    private final StoreSettings.Bucket bucket;
    private final S3Client s3;
    private final Path temporary = Path.of(
            System.getProperty("java.io.tmpdir", "/tmp"), "twotick-media-" + System.getProperty("user.name", ""));
    private final Parts parts = new Parts(temporary);

    BucketStore(StoreSettings.Bucket bucket) {
        this.bucket = bucket;
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(bucket.region()))
                .credentialsProvider(credentials(bucket))
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(Duration.ofSeconds(5))
                        .socketTimeout(Duration.ofSeconds(30)))
                .overrideConfiguration(times -> times.apiCallTimeout(LONGEST))
                // what Amazon's own servers can do besides, others refuse
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false));
        bucket.endpoint()
                .ifPresent(endpoint -> builder.endpointOverride(endpoint).forcePathStyle(true));
        s3 = builder.build();
    }

    private static AwsCredentialsProvider credentials(StoreSettings.Bucket bucket) {
        if (bucket.keys().get().isEmpty()) {
            return DefaultCredentialsProvider.builder().build();
        }
        return () -> bucket.keys()
                .get()
                .map(keys -> AwsBasicCredentials.create(keys.id(), keys.secret()))
                .orElseThrow();
    }

    @Override
    public String base() {
        return "s3://" + bucket.name() + "/" + bucket.prefix();
    }

    /// Its name says which bucket it is, wherever a worker runs.
    @Override
    public void begin(DSLContext db) throws IOException {
        Files.createDirectories(temporary);
        // refused when it is another user's, who could put other bytes there once they were checked
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx------"));
    }

    @Override
    public Path temporary() throws IOException {
        return parts.next();
    }

    @Override
    public void sweep() throws IOException {
        parts.sweep();
    }

    @Override
    public void put(Path file, String name, String mimeType) throws IOException {
        said(() -> s3.putObject(
                put -> put.bucket(bucket.name()).key(bucket.prefix() + name).contentType(plain(mimeType)),
                RequestBody.fromFile(file)));
    }

    /// A sender may have had a hand in it.
    private static String plain(String mimeType) {
        return mimeType.matches("[A-Za-z0-9.+_-]{1,64}/[A-Za-z0-9.+_-]{1,64}") ? mimeType : "application/octet-stream";
    }

    @Override
    public void delete(String name) throws IOException {
        said(() -> s3.deleteObject(delete -> delete.bucket(bucket.name()).key(bucket.prefix() + name)));
    }

    private static void said(Runnable call) throws IOException {
        try {
            call.run();
        } catch (AwsServiceException e) {
            String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
            String said = "HTTP " + e.statusCode() + " " + code;
            boolean ofAll = e.statusCode() < 400 || e.statusCode() >= 500 || OF_ALL.contains(e.statusCode());
            throw ofAll || KEYS.contains(code) ? new IOException(said, e) : new StoreFault.Refused(said, e);
        } catch (SdkException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        s3.close();
    }
}
