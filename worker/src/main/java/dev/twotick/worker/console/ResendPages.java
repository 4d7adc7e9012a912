package dev.twotick.worker.console;

import dev.twotick.model.settings.Moment;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.outbox.ResendView;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/// Calls owed again in bulk, as `worker --resend` does it: begun here by a filter, carried on by the workers. The
/// page asks again each second while one runs.
final class ResendPages {
    static final int SHOWN = 100;

    private final Resend resend;
    private final Endpoints endpoints;
    private final AuditLog audit;
    private final Html html;
    private final InstantSource clock;

    ResendPages(Resend resend, Endpoints endpoints, AuditLog audit, Html html, InstantSource clock) {
        this.resend = resend;
        this.endpoints = endpoints;
        this.audit = audit;
        this.html = html;
        this.clock = clock;
    }

    /// As it was typed; what is empty was not said.
    ///
    /// @param only one of [Resend.Only]
    record Filter(
            String endpoint,
            String type,
            String account,
            String conversation,
            String only,
            String since,
            String until,
            String rate) {

        static Filter of(Context ctx) {
            return new Filter(
                    Form.said(ctx, "endpoint"),
                    Form.said(ctx, "type"),
                    Form.said(ctx, "account"),
                    Form.said(ctx, "conversation"),
                    Form.said(ctx, "only"),
                    Form.said(ctx, "since"),
                    Form.said(ctx, "until"),
                    Form.said(ctx, "rate"));
        }

        /// @throws IllegalArgumentException with a sentence for whoever typed it
        Resend.Selection selection(Instant now) {
            if (endpoint.isEmpty()) {
                throw new IllegalArgumentException("choose an endpoint");
            }
            return new Resend.Selection(
                    Optional.of(endpoint),
                    type.isEmpty() ? "*" : type,
                    time(since, now),
                    time(until, now),
                    Set.of(),
                    Set.copyOf(Form.words(account)),
                    number(conversation, "a conversation"),
                    chosen(only));
        }

        private static Resend.Only chosen(String only) {
            if (only.isEmpty()) {
                return Resend.Only.DEAD;
            }
            return Arrays.stream(Resend.Only.values())
                    .filter(one -> one.word().equals(only))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException("calls are dead, failed, missed, delivered or all"));
        }

        private static Optional<Instant> time(String text, Instant now) {
            return text.isEmpty() ? Optional.empty() : Optional.of(Moment.parse(text, now));
        }

        private static Optional<Long> number(String text, String what) {
            if (text.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    Form.number(text).orElseThrow(() -> new IllegalArgumentException(what + " is a number")));
        }

        /// Of its entry in the audit log.
        String subject() {
            return endpoint + " " + only + " " + type;
        }

        OptionalInt callsASecond() {
            Optional<Long> said = number(rate, "calls a second");
            if (said.isEmpty()) {
                return OptionalInt.empty();
            }
            if (said.get() < 1 || said.get() > 1_000_000) {
                throw new IllegalArgumentException("calls a second are from 1 to 1000000");
            }
            return OptionalInt.of(said.get().intValue());
        }
    }

    /// @param moving whether any runs
    /// @param problems what was wrong with the one that was to be begun
    record Page(
            Filter filter, List<String> endpoints, List<ResendView> resends, boolean moving, List<String> problems) {

        /// Each choice, and what it says.
        List<Choice> choices() {
            return CHOICES;
        }
    }

    record Choice(String word, String words) {}

    private static final List<Choice> CHOICES = Stream.of(
                    new Choice("dead", "given up"),
                    new Choice("failed", "given up, or failed last"),
                    new Choice("missed", "never tried, as while it was disabled"),
                    new Choice("delivered", "delivered already"),
                    new Choice("all", "all"))
            .toList();

    void addTo(Routes routes) {
        routes.read("/resends", (ctx, visitor) -> show(ctx, visitor, Filter.of(ctx), List.of()));
        routes.write("/resends", this::begin);
        routes.write("/resends/{id}/cancel", (ctx, visitor) -> {
            resend.cancel(asked(ctx, visitor, "resend.cancel"));
            Routes.seeOther(ctx, "/resends");
        });
        routes.write("/resends/{id}/resume", (ctx, visitor) -> {
            resend.resume(asked(ctx, visitor, "resend.resume"));
            Routes.seeOther(ctx, "/resends");
        });
    }

    private void show(Context ctx, Visitor visitor, Filter filter, List<String> problems) {
        List<String> called = endpoints.called();
        List<ResendView> resends = resend.before(Long.MAX_VALUE, SHOWN);
        boolean moving = resends.stream().anyMatch(one -> one.state() == Resend.State.RUNNING);
        html.show(
                ctx, visitor, "hooks", "Bulk resends", "resends", new Page(filter, called, resends, moving, problems));
    }

    private void begin(Context ctx, Visitor visitor) {
        Filter filter = Filter.of(ctx);
        audit.asked(visitor.actor(), "calls.resend", filter.subject());
        try {
            resend.begin(filter.selection(clock.instant()), filter.callsASecond());
            Routes.seeOther(ctx, "/resends");
        } catch (IllegalArgumentException e) {
            ctx.status(400);
            show(ctx, visitor, filter, List.of(String.valueOf(e.getMessage())));
        }
    }

    private long asked(Context ctx, Visitor visitor, String action) {
        String id = ctx.pathParam("id");
        audit.asked(visitor.actor(), action, id);
        return Form.number(id).orElseThrow(() -> new IllegalArgumentException("there is no resend " + id));
    }
}
