package dev.twotick.worker.console;

import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.EndpointForm;
import dev.twotick.worker.outbox.EndpointView;
import io.javalin.http.Context;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The fields of an endpoint's form, as they are typed; what is empty is as it is unless said.
///
/// @param headers one a line; empty leaves them as they are, since their values are never shown
record EndpointFields(
        String name,
        String url,
        String description,
        String events,
        String accounts,
        String headers,
        String concurrency,
        String rate,
        String batch,
        String timeout,
        String finalCodes,
        boolean ordered,
        String allowNets) {

    static EndpointFields none() {
        return new EndpointFields("", "", "", "*", "", "", "", "", "", "", "", false, "");
    }

    static EndpointFields of(Context ctx) {
        return new EndpointFields(
                Form.said(ctx, "name"),
                Form.said(ctx, "url"),
                Form.said(ctx, "description"),
                Form.said(ctx, "events"),
                Form.said(ctx, "accounts"),
                Form.said(ctx, "headers"),
                Form.said(ctx, "concurrency"),
                Form.said(ctx, "rate"),
                Form.said(ctx, "batch"),
                Form.said(ctx, "timeout"),
                Form.said(ctx, "final"),
                !Form.said(ctx, "ordered").isEmpty(),
                Form.said(ctx, "nets"));
    }

    static EndpointFields of(EndpointView endpoint) {
        return new EndpointFields(
                endpoint.name(),
                endpoint.url(),
                endpoint.description(),
                endpoint.format() == Endpoint.Format.META ? "" : String.join(", ", endpoint.events()),
                String.join(", ", endpoint.accounts()),
                "",
                text(endpoint.concurrency()),
                text(endpoint.rate()),
                text(endpoint.batch()),
                endpoint.timeoutMs() == null
                        ? ""
                        : Duration.ofMillis(endpoint.timeoutMs()).toString(),
                endpoint.finalCodes().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                endpoint.ordered(),
                String.join(", ", endpoint.allowNets()));
    }

    private static String text(@Nullable Integer number) {
        return number == null ? "" : number.toString();
    }

    /// @param fresh a new endpoint: what is empty is left unsaid; else it is taken away
    EndpointForm form(boolean fresh) {
        return new EndpointForm(
                fresh && name.isEmpty() ? null : name,
                fresh && url.isEmpty() ? null : url,
                description,
                events.isEmpty() ? null : Form.words(events), // one of the format meta has none
                accounts.isEmpty() ? List.of("all") : Form.words(accounts),
                headers.isEmpty() ? null : headers.lines().map(String::strip).toList(),
                concurrency.isEmpty() ? "none" : concurrency,
                rate.isEmpty() ? "none" : rate,
                events.isEmpty() ? null : batch.isEmpty() ? "none" : batch,
                timeout.isEmpty() ? "none" : timeout,
                finalCodes.isEmpty() ? List.of("none") : Form.words(finalCodes),
                null,
                null,
                events.isEmpty() ? null : (Boolean) ordered,
                allowNets.isEmpty() ? List.of("none") : Form.words(allowNets));
    }

    /// @throws IllegalArgumentException with a sentence for whoever typed it
    static Duration duration(String text) {
        try {
            return SettingsReader.parseDuration(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("a grace is a length of time such as 24h or 0s", e);
        }
    }
}
