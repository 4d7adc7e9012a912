package dev.twotick.worker.interpret;

/// Reads a payload: bytes in, facts out.
public final class PayloadInterpreter {

    /// Never throws for content, however odd.
    public Interpretation interpret(byte[] body) {
        return new Interpretation.NotAnObject("not yet");
    }
}
