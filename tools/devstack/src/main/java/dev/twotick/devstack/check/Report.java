package dev.twotick.devstack.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What was found at each hop, in order, said as soon as it is found.
public final class Report {
    /// What a script may tell apart.
    public enum Cause {
        ADDRESS(10),
        CONNECTION(11),
        CERTIFICATE(12),
        HANDSHAKE(13),
        SIGNATURE(14),
        BODY_LIMIT(15);

        /// Of the process.
        public final int exitCode;

        Cause(int exitCode) {
            this.exitCode = exitCode;
        }
    }

    /// One line of the report: a hop such as `certificate`, what was found there in words, and, where something is to
    /// be done, the remedy.
    public sealed interface Finding {
        String hop();

        String found();

        record Fine(String hop, String found) implements Finding {}

        record Doubtful(String hop, String found, String remedy) implements Finding {}

        record Broken(String hop, Cause cause, String found, String remedy) implements Finding {}
    }

    private final List<Finding> findings = new ArrayList<>();
    private final Consumer<Finding> say;

    public Report(Consumer<Finding> say) {
        this.say = say;
    }

    void fine(String hop, String found) {
        add(new Finding.Fine(hop, found));
    }

    void doubtful(String hop, String found, String remedy) {
        add(new Finding.Doubtful(hop, found, remedy));
    }

    void broken(String hop, Cause cause, String found, String remedy) {
        add(new Finding.Broken(hop, cause, found, remedy));
    }

    private void add(Finding finding) {
        findings.add(finding);
        say.accept(finding);
    }

    /// For a terminal: without control characters, and not too long.
    static String clean(String text) {
        return text.substring(0, Math.min(text.length(), 200)).replaceAll("\\p{Cntrl}", " ");
    }

    boolean isSound() {
        return firstBroken().isEmpty();
    }

    /// Why Meta would not get through; what comes after it may follow from it.
    public Optional<Finding.Broken> firstBroken() {
        return findings.stream()
                .filter(Finding.Broken.class::isInstance)
                .map(Finding.Broken.class::cast)
                .findFirst();
    }

    public List<Finding> findings() {
        return List.copyOf(findings);
    }
}
