package dev.twotick.worker.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresTextTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "a\\u0000b"                 | "a\\ufffdb"
            "\\\\u0000"                 | "\\\\u0000"
            "\\\\\\u0000"               | "\\\\\\ufffd"
            "\\ud83d"                   | "\\ufffd"
            "\\ud83d\\ud83d\\ude00"     | "\\ufffd\\ud83d\\ude00"
            "\\uDE00x"                  | "\\ufffdx"
            "\\ud83dx\\ude00"           | "\\ufffdx\\ufffd"
            "\\ud83d\\n\\u00e9"         | "\\ufffd\\n\\u00e9"
            "\\ud83d\\\\ude00"          | "\\ufffd\\\\ude00"
            {"\\u0000":"\\u0001"}       | {"\\ufffd":"\\u0001"}
            "caf\\u00e9 \\/ é"          | "caf\\u00e9 \\/ é"
            """)
    void escapesThatPostgresRefusesAreReplaced(String json, String clean) {
        assertThat(PostgresText.cleanEscapes(json)).isEqualTo(clean);
        Json value = JsonReader.read(json);
        Json again = JsonReader.read(clean);
        if (value != null && again != null) {
            assertThat(CanonicalJson.of(value)).isEqualTo(CanonicalJson.of(again));
        }
    }

    @ParameterizedTest
    @CsvSource({"a\0b,a\ufffdb", "\ud83d\ude00,\ud83d\ude00", "x\ud83d,x\ufffd", "\ude00\ud83d,\ufffd\ufffd", "é,é"})
    void decodedTextLosesThemToo(String text, String clean) {
        assertThat(PostgresText.clean(text)).isEqualTo(clean);
        assertThat(PostgresText.isFit(text)).isEqualTo(text.equals(clean));
    }
}
