package dev.twotick.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.BadSettings;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterUrlTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis-cluster://a:1,b:2           | redis://SERVER        | [a:1, b:2]
            redis-cluster://:p%40ss@a_b,c:2/0 | redis://:p%40ss@SERVER/0 | [a_b:6379, c:2]
            rediss-cluster://u:p@[::1]        | rediss://u:p@SERVER   | [[::1]:6379]
            """)
    void aUrlNamesNodes(String url, String server, String nodes) {
        ClusterUrl told = ClusterUrl.parse(URI.create(url));

        assertThat(told.server()).hasToString(server.replace("SERVER", "whoever-is-the-master:6379"));
        assertThat(told.nodes()).hasToString(nodes);
    }

    @Test
    void aClusterHasPartitionsAndAnotherRedisHasOneStream() {
        assertThat(read("redis-cluster://a:1", Map.of()).partitions()).isEqualTo(6);
        assertThat(read("redis-cluster://a:1", Map.of("TWOTICK_REDIS_PARTITIONS", "12"))
                        .partitions())
                .isEqualTo(12);
        assertThat(read("redis://a:1", Map.of()).partitions()).isEqualTo(1);
        assertThatThrownBy(() -> read("redis://a:1", Map.of("TWOTICK_REDIS_PARTITIONS", "6")))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("TWOTICK_REDIS_PARTITIONS is for a Cluster");
    }

    private static RedisConnections read(String url, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("TWOTICK_REDIS_URL", url);
        SettingsReader settings = new SettingsReader(environment);
        RedisConnections read = RedisConnections.read(settings);
        settings.finish();
        return read;
    }
}
