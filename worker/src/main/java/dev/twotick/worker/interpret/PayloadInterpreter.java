package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a payload: bytes in, facts out. One parse, no clock, no I/O, no state: any number of threads may share one.
///
/// Nothing is lost on the way. What has a table of its own becomes a fact of its own; everything else, down to keys
/// that nobody announced, becomes [Fact.Noticed] with its text. Only the envelope (ids, times, metadata, and the
/// contacts that are matched to senders) is left behind.
public final class PayloadInterpreter {

    /// Never throws for content, however odd.
    public Interpretation interpret(byte[] body) {
        if (body.length == 0) {
            return new Interpretation.NotAnObject("the body is empty");
        }
        String text = decode(body);
        if (text == null) {
            return new Interpretation.NotAnObject("the body is not UTF-8");
        }
        if (text.equals(Redaction.NOTHING_LEFT)) {
            return new Interpretation.Facts(List.of(), List.of());
        }
        return switch (JsonReader.read(text)) {
            case Json.Obj payload -> new PayloadReader(payload).read();
            case null -> new Interpretation.NotAnObject("the body is not JSON, or more than JSON");
            case Json.Arr _, Json.Str _, Json.Num _, Json.Word _, Json.Deep _ ->
                new Interpretation.NotAnObject("the body is JSON, but not an object");
        };
    }

    /// Null when the bytes are not UTF-8. A strict decoder costs several times the lenient one, and its opinion is
    /// wanted only where the lenient one may have replaced something.
    private static @Nullable String decode(byte[] body) {
        String text = new String(body, UTF_8);
        if (text.indexOf('\ufffd') < 0) {
            return text;
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }
}
