package dev.twotick.worker;

import static java.util.stream.Collectors.joining;

import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.EndpointView.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Endpoints for people to read.
final class EndpointText {
    static List<String> table(List<EndpointView> endpoints) {
        return TextTable.of(Stream.concat(
                Stream.of(List.of("NAME", "STATE", "WAITING", "DEAD", "PARKED", "EVENTS", "URL")),
                endpoints.stream().map(EndpointText::cells)));
    }

    private static List<String> cells(EndpointView view) {
        return List.of(
                view.name() + (view.fromEnvironment() ? " (environment)" : ""),
                view.state().word + (view.state() == State.ACTIVE && view.failingSince() != null ? ", failing" : ""),
                Long.toString(view.waiting()),
                Long.toString(view.dead()),
                Long.toString(view.parked()),
                view.told(","),
                view.url());
    }

    private static String allOr(List<String> some) {
        return some.isEmpty() ? "all" : String.join(",", some);
    }

    static List<String> lines(EndpointView view) {
        List<String> lines = new ArrayList<>();
        lines.add("name         " + view.name());
        lines.add("id           " + view.id());
        lines.add("url          " + view.url());
        if (!view.description().isEmpty()) {
            lines.add("description  " + view.description());
        }
        lines.add("from         "
                + (view.fromEnvironment()
                        ? "the workers' environment (TWOTICK_HOOK_URL, TWOTICK_ALERT_URL): it is changed there"
                        : "worker endpoint add"));
        lines.add("state        " + view.state().word + (view.reason() == null ? "" : ": " + view.reason())
                + (view.disabledAt() == null ? "" : ", since " + view.disabledAt()));
        if (view.failingSince() != null) {
            lines.add("failing      since " + view.failingSince()
                    + (view.pausedUntil() == null ? "" : "; tried again at " + view.pausedUntil()));
        }
        if (view.format() == Endpoint.Format.META) {
            lines.add("format       meta" + (view.oneItem() ? ", one item a call" : ""));
            lines.add("fields       " + allOr(view.fields()));
        } else {
            lines.add("events       " + String.join(",", view.events()));
        }
        lines.add("accounts     " + allOr(view.accounts()));
        if (!view.headers().isEmpty()) {
            lines.add("headers      " + String.join(", ", view.headers()));
        }
        lines.add("at once      " + (view.concurrency() == null ? "as all" : view.concurrency() + " from a worker"));
        lines.add("rate         " + (view.rate() == null ? "any" : view.rate() + " a second"));
        if (view.batch() != null) {
            lines.add("batch        up to " + view.batch() + " events a call");
        }
        lines.add("timeout      " + (view.timeoutMs() == null ? "as all" : view.timeoutMs() + " ms"));
        if (!view.finalCodes().isEmpty()) {
            lines.add("final        "
                    + view.finalCodes().stream().map(String::valueOf).collect(joining(",")));
        }
        if (view.ordered()) {
            lines.add("ordered      by conversation");
        }
        if (!view.allowNets().isEmpty()) {
            lines.add("nets         " + String.join(",", view.allowNets()));
        }
        lines.add("secrets      " + secrets(view.secretsUntil()));
        lines.add("waiting      " + view.waiting());
        lines.add("dead         " + view.dead());
        lines.add("parked       " + view.parked());
        lines.add("made         " + view.createdAt());
        return lines;
    }

    private static String secrets(List<Optional<Instant>> olderUntil) {
        return "1"
                + String.join(
                        "",
                        olderUntil.stream()
                                .map(until -> ", an older one until "
                                        + until.map(Instant::toString).orElse("it is replaced"))
                                .toList());
    }

    private EndpointText() {}
}
