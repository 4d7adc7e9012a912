package dev.twotick.worker.console;

import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.model.settings.Moment;
import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Which payloads somebody wants to see, as they said it; what is empty was not said.
///
/// @param state one of [#STATES]
/// @param account a `phone_number_id`
/// @param field Meta's name of a webhook field
/// @param since as it was typed; see [Moment]
record PayloadFilter(
        String state,
        String account,
        String field,
        String since,
        String until,
        Optional<Instant> sinceTime,
        Optional<Instant> untilTime) {

    static final Map<String, String> STATES = states();

    private static Map<String, String> states() {
        Map<String, String> states = new LinkedHashMap<>();
        states.put("", "any");
        states.put("received", "received, not applied yet");
        states.put("processed", "processed");
        states.put("failed", "failed, whole or in part");
        states.put("duplicate", "nothing new in it");
        return states;
    }

    /// @throws IllegalArgumentException with a sentence for whoever typed it
    static PayloadFilter of(Context ctx, Instant now) {
        String state = Form.said(ctx, "state");
        if (!STATES.containsKey(state)) {
            throw new IllegalArgumentException("a state is received, processed, failed or duplicate");
        }
        String since = Form.said(ctx, "since");
        String until = Form.said(ctx, "until");
        return new PayloadFilter(
                state,
                Form.said(ctx, "account"),
                Form.said(ctx, "field"),
                since,
                until,
                time(since, now),
                time(until, now));
    }

    static PayloadFilter none() {
        return new PayloadFilter("", "", "", "", "", Optional.empty(), Optional.empty());
    }

    private static Optional<Instant> time(String text, Instant now) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Moment.parse(text, now));
    }

    /// As a page of ours writes it into a link.
    ///
    /// @throws IllegalArgumentException when it is none
    static Instant exactTime(String text) {
        return Moment.parse(text, Instant.EPOCH);
    }

    /// Whether it asks for more than times, which are the log's key.
    boolean asksForOutcome() {
        return !(state.isEmpty() && account.isEmpty() && field.isEmpty());
    }

    /// Those of which nothing has become yet.
    boolean isReceived() {
        return state.equals("received");
    }

    boolean isEmpty() {
        return !asksForOutcome() && since.isEmpty() && until.isEmpty();
    }

    /// The same as a replay takes it; nothing where a replay cannot say so.
    ///
    /// @throws IllegalArgumentException when it ends before it begins
    Optional<PayloadSelection> selection() {
        boolean canBeSaid = field.isEmpty() && (state.isEmpty() || state.equals("failed"));
        return canBeSaid
                ? Optional.of(new PayloadSelection(
                        Set.of(),
                        sinceTime,
                        untilTime,
                        state.equals("failed"),
                        account.isEmpty() ? Set.of() : Set.of(account)))
                : Optional.empty();
    }

    /// For the link to the next page.
    String query() {
        Map<String, String> said = new LinkedHashMap<>();
        said.put("state", state);
        said.put("account", account);
        said.put("field", field);
        said.put("since", since);
        said.put("until", until);
        return said.entrySet().stream()
                .filter(one -> !one.getValue().isEmpty())
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
