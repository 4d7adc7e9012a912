package dev.twotick.worker;

import dev.twotick.worker.outbox.EndpointForm;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What `worker endpoint add` and `set` have in common.
final class EndpointOptions {
    @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
    private @Nullable String description;

    @Option(
            names = "--events",
            split = ",",
            paramLabel = "GLOB",
            description = "Which events it is told, such as message.*,contact.created; * is all.")
    private @Nullable List<String> events;

    @Option(
            names = "--accounts",
            split = ",",
            paramLabel = "PHONE_NUMBER_ID",
            description = "Of which accounts; all is all, and what is about none.")
    private @Nullable List<String> accounts;

    @Option(
            names = "--header",
            paramLabel = "LINE",
            description = "A header that its calls carry besides ours, 'Name: value'. Repeatable: these are all;"
                    + " none takes them away. Kept sealed.")
    private @Nullable List<String> headers;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "Calls at once from one worker; none: TWOTICK_HOOK_ENDPOINT_CONCURRENCY.")
    private @Nullable String concurrency;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Calls that begin in a second, from all workers; none: any number.")
    private @Nullable String rate;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Up to so many events in one signed body, those that wait when a call begins; 100 at most;"
                    + " none: a call for each.")
    private @Nullable String batch;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Of one call, such as 5s, at most half of TWOTICK_HOOK_LEASE; none: TWOTICK_HOOK_TIMEOUT.")
    private @Nullable String timeout;

    @Option(
            names = "--final",
            split = ",",
            paramLabel = "CODE",
            description = "HTTP codes by which it says that it does not like what a call holds, such as 400,422:"
                    + " the call is dead at once, and no failure of the endpoint. none: none.")
    private @Nullable List<String> finalCodes;

    @Option(
            names = "--fields",
            split = ",",
            paramLabel = "FIELD",
            description = "Of the format meta: which of Meta's fields it gets, such as messages,calls; all is all."
                    + " messages, unless said.")
    private @Nullable List<String> fields;

    @Option(
            names = "--one-item",
            negatable = true,
            description = "Of the format meta: each message, status … in a payload of its own, cut out of Meta's.")
    private @Nullable Boolean oneItem;

    @Option(
            names = "--ordered",
            negatable = true,
            description = "The next event of a conversation waits until the one before it was delivered, or given up.")
    private @Nullable Boolean ordered;

    @Option(
            names = "--allow-nets",
            split = ",",
            paramLabel = "CIDR",
            description = "Private address ranges that it may be in, such as 10.0.0.0/8, besides"
                    + " TWOTICK_HOOK_ALLOW_NETS for all; none: none. Not those of a cloud's metadata.")
    private @Nullable List<String> allowNets;

    EndpointForm form(@Nullable String name, @Nullable String url) {
        return new EndpointForm(
                name,
                url,
                description,
                events,
                accounts,
                headers,
                concurrency,
                rate,
                batch,
                timeout,
                finalCodes,
                fields,
                oneItem,
                ordered,
                allowNets);
    }
}
