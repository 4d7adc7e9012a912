package dev.twotick.worker.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.interpret.PayloadParts;
import dev.twotick.worker.interpret.PayloadParts.Part;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What endpoints of the format `meta` can be told of a payload: the whole of it, and its parts. Such an event does not
/// name its payload, as it holds nothing but what Meta wrote; so it is known by that.
final class MetaForms {
    private final byte[] body;
    private @Nullable Set<String> forms;

    MetaForms(byte[] body) {
        this.body = body;
    }

    /// They are cut out when somebody first asks, which few payloads need.
    boolean has(String said) {
        if (forms == null) {
            forms = cutOut();
        }
        return forms.contains(said);
    }

    private Set<String> cutOut() {
        Set<String> all = new HashSet<>(Set.of(new String(body, UTF_8)));
        if (new PayloadInterpreter().interpret(body) instanceof Interpretation.Facts facts) {
            PayloadParts parts = PayloadParts.of(body);
            Stream<Optional<Part>> items =
                    facts.facts().stream().map(fact -> parts.itemOf(fact.item().path()));
            Stream<Optional<Part>> fields = facts.fields().stream().map(parts::ofField);
            List<String> accounts = facts.facts().stream()
                    .map(fact -> fact.item().account().phoneNumberId().value())
                    .distinct()
                    .toList();
            Stream<Optional<Part>> ofAccounts = facts.fields().stream()
                    .flatMap(field -> accounts.stream().map(account -> parts.ofAccount(field, account)));
            Stream.of(items, fields, ofAccounts)
                    .flatMap(some -> some)
                    .flatMap(Optional::stream)
                    .forEach(part -> all.add(new String(part.body(), UTF_8)));
        }
        return all;
    }
}
