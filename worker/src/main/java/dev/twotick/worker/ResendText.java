package dev.twotick.worker;

import dev.twotick.worker.outbox.DeadCalls.DeadCall;
import dev.twotick.worker.outbox.ResendView;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Bulk resends, and calls that were given up, for people to read.
final class ResendText {
    static List<String> table(List<ResendView> resends) {
        return TextTable.of(Stream.concat(
                Stream.of(List.of("NO", "ENDPOINT", "STATE", "DONE", "LOOKED AT", "OWED", "RATE", "LAST MOVED", "OF")),
                resends.stream()
                        .map(view -> List.of(
                                Long.toString(view.id()),
                                view.endpoint(),
                                view.state().word(),
                                view.percent() + " %",
                                Long.toString(view.counts().events()),
                                Long.toString(view.counts().owed()),
                                view.rate() == null ? "any" : view.rate() + "/s",
                                view.movedAt().toString(),
                                of(view)))));
    }

    private static String of(ResendView view) {
        StringBuilder text = new StringBuilder(view.only().word());
        if (!view.type().equals("*")) {
            text.append(' ').append(view.type());
        }
        if (!view.accounts().isEmpty()) {
            text.append(" of ").append(String.join(",", view.accounts()));
        }
        view.conversation().ifPresent(id -> text.append(" of conversation ").append(id));
        if (!view.ids().isEmpty()) {
            text.append(" of ").append(view.ids().size()).append(" ids");
        }
        return text.append(", ")
                .append(view.from())
                .append(" to ")
                .append(view.before())
                .toString();
    }

    static List<String> dead(List<DeadCall> calls) {
        return TextTable.of(Stream.concat(
                Stream.of(List.of("WEBHOOK-ID", "TYPE", "RAISED", "ATTEMPTS", "LAST ERROR")),
                calls.stream()
                        .map(call -> List.of(
                                call.webhookId().toString(),
                                Objects.requireNonNullElse(call.type(), "(past retention)"),
                                call.raisedAt().toString(),
                                Integer.toString(call.attempts()),
                                Objects.requireNonNullElse(call.lastError(), "")))));
    }

    private ResendText() {}
}
