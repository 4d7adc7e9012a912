package dev.twotick.worker.batch;

import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Interpretation;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One payload, interpreted, on its way into the tables.
///
/// @param attempt    names the outcome that this delivery writes; the same delivery again writes the same one
/// @param app        whose secret signed it
/// @param again      replayed or requeued: failures recorded earlier may have healed
/// @param facts      what is left to apply after `deduplicate`
/// @param duplicates how many facts `deduplicate` already knew
/// @param refusal    why nothing in it can be applied, or null
/// @param suspect    given up unread, since workers died over it: upkeep tries it again
/// @param body       as Meta sent it; null where nobody can be told of it in that form
public record PayloadWork(
        UUID id,
        UUID attempt,
        Instant receivedAt,
        @Nullable String app,
        boolean again,
        List<Fact> facts,
        int duplicates,
        List<String> fields,
        List<String> accounts,
        @Nullable String refusal,
        boolean suspect,
        byte @Nullable [] body) {

    public PayloadWork {
        facts = List.copyOf(facts);
        fields = List.copyOf(fields);
        accounts = List.copyOf(accounts);
    }

    /// Of one that was looked at.
    public PayloadWork(
            UUID id,
            UUID attempt,
            Instant receivedAt,
            @Nullable String app,
            boolean again,
            List<Fact> facts,
            int duplicates,
            List<String> fields,
            List<String> accounts,
            @Nullable String refusal) {
        this(id, attempt, receivedAt, app, again, facts, duplicates, fields, accounts, refusal, false, null);
    }

    /// The work of a payload that means this.
    public static PayloadWork of(
            UUID id, UUID attempt, Instant receivedAt, @Nullable String app, boolean again, Interpretation meaning) {
        return switch (meaning) {
            case Interpretation.Facts(List<Fact> facts, List<String> fields) -> {
                List<String> accounts = facts.stream()
                        .map(fact -> fact.item().account().phoneNumberId().value())
                        .distinct()
                        .toList();
                List<Fact> received =
                        facts.stream().map(fact -> received(fact, receivedAt)).toList();
                yield new PayloadWork(id, attempt, receivedAt, app, again, received, 0, fields, accounts, null);
            }
            case Interpretation.NotAnObject(String reason) ->
                new PayloadWork(id, attempt, receivedAt, app, again, List.of(), 0, List.of(), List.of(), reason);
        };
    }

    private static Fact received(Fact fact, Instant at) {
        return fact instanceof Fact.Noticed notice ? notice.receivedAt(at) : fact;
    }

    /// The work of a payload that is not even looked at.
    public static PayloadWork givenUp(UUID id, UUID attempt, Instant receivedAt, @Nullable String app, String reason) {
        return new PayloadWork(
                id, attempt, receivedAt, app, false, List.of(), 0, List.of(), List.of(), reason, true, null);
    }

    /// The same, which came as this.
    public PayloadWork withBody(byte @Nullable [] sent) {
        return new PayloadWork(
                id, attempt, receivedAt, app, again, facts, duplicates, fields, accounts, refusal, suspect, sent);
    }

    /// The same without the facts at these places, which are known already.
    public PayloadWork without(Collection<Integer> known) {
        List<Fact> rest = IntStream.range(0, facts.size())
                .filter(i -> !known.contains(i))
                .mapToObj(facts::get)
                .toList();
        return new PayloadWork(
                id,
                attempt,
                receivedAt,
                app,
                again,
                rest,
                duplicates + known.size(),
                fields,
                accounts,
                refusal,
                suspect,
                body);
    }
}
