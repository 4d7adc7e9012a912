package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
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
                put -> put.bucket(bucket.name()).key(bucket.prefix() + name).contentType(mimeType),
                RequestBody.fromFile(file)));
    }

    @Override
    public void delete(String name) throws IOException {
        said(() -> s3.deleteObject(delete -> delete.bucket(bucket.name()).key(bucket.prefix() + name)));
    }

    private static void said(Runnable call) throws IOException {
        try {
            call.run();
        } catch (AwsServiceException e) {
            throw new IOException(
                    "HTTP " + e.statusCode() + " " + e.awsErrorDetails().errorCode(), e);
        } catch (SdkException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        s3.close();
    }
}
