package dev.twotick.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentinelUrlTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis-sentinel://a:1,b:2/3#main            | redis://SERVER/3                | [a:1, b:2]         | main
            redis-sentinel://a#main                    | redis://SERVER                  | [a:26379]          | main
            redis-sentinel://:p%40ss@a_b,c:2#the main  | redis://:p%40ss@SERVER          | [a_b:26379, c:2]   | the main
            rediss-sentinel://u:p@a:1/0?protocol=3#m-1 | rediss://u:p@SERVER/0?protocol=3 | [a:1]             | m-1
            redis-sentinel://[::1]:1/#m                | redis://SERVER/                 | [[::1]:1]          | m
            """)
    void aUrlNamesSentinelsAndTheMaster(String url, String server, String sentinels, String master) {
        SentinelUrl told = SentinelUrl.parse(URI.create(url.replace(" ", "%20")));

        assertThat(told.server()).hasToString(server.replace("SERVER", "whoever-is-the-master:6379"));
        assertThat(told.sentinels()).hasToString(sentinels);
        assertThat(told.master()).isEqualTo(master);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis-sentinel://:secret@a:1",
                "redis-sentinel://:secret@a:1/0#",
                "redis-sentinel://:secret@a:1,/0#main",
                "redis-sentinel://:secret@a:b/0#main",
                "redis-sentinel://:secret@a:1:2/0#main",
                "redis-sentinel://:secret@a:1/none#main",
                "redis-sentinel:///0#main",
                "redis-tree://:secret@a:1",
                "redis-cluster://:secret@a:1/3",
                "redis-cluster://:secret@a:1#main",
                "redis-cluster://:secret@a:1,"
            })
    void anotherIsRefusedAndNotRepeated(String url) {
        URI uri = URI.create(url);

        assertThatThrownBy(() -> new RedisConnections(uri))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void thePasswordIsNotShown() {
        assertThat(new RedisConnections(URI.create("redis-sentinel://u:secret@a:1/0#main"), "other", 1))
                .hasToString("RedisConnections[main of [a:1]]");
    }
}
