package dev.twotick.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisKindTest {

    @ParameterizedTest
    @CsvSource(nullValues = "fit", textBlock = """
            redis_mode:standalone,      fit
            redis_mode:cluster,         Redis Cluster
            redis_mode:sentinel,        Redis Sentinel
            server_mode:cluster,        Redis Cluster
            server_mode:sentinel,       Redis Sentinel
            server_mode:standalone,     fit
            redis_mode:tomorrow,        fit
            executable:/redis_mode:cluster, fit
            """)
    void aServerSaysWhatItIs(String line, String named) {
        RedisConnections alone = new RedisConnections(URI.create("redis://a:1"));
        String info = "# Server\r\nredis_version:6.2.7\r\n" + line + "\r\nos:Linux\r\n";

        if (named == null) {
            assertThat(RedisKind.unfit(alone, info)).isEmpty();
        } else {
            assertThat(RedisKind.unfit(alone, info))
                    .hasValueSatisfying(text -> assertThat(text).contains("TWOTICK_REDIS_URL", named));
        }
    }
}
