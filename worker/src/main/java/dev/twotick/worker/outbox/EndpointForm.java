package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.Problems.refuseUnless;

import dev.twotick.model.settings.Cidr;
import dev.twotick.model.settings.SettingsReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/// What somebody wants of an endpoint, as they typed it; null leaves a thing as it is, or as it is unless said.
///
/// @param events globs
/// @param accounts `phone_number_id`s, or `all`
/// @param headers each `Name: value`, all that there shall be; or `none`
/// @param concurrency a number, or `none`
/// @param rate calls in a second, or `none`
/// @param batch events in a call at most, or `none`; of the format `standard`
/// @param timeout such as `10s`, or `none`
/// @param finalCodes HTTP codes, or `none`
/// @param fields Meta's, or `all`; of the format `meta`, as the next
/// @param oneItem a call for each item
/// @param ordered the calls of a conversation one after the other; of the format `standard`
/// @param allowNets private ranges that it may be in, or `none`
public record EndpointForm(
        @Nullable String name,
        @Nullable String url,
        @Nullable String description,
        @Nullable List<String> events,
        @Nullable List<String> accounts,
        @Nullable List<String> headers,
        @Nullable String concurrency,
        @Nullable String rate,
        @Nullable String batch,
        @Nullable String timeout,
        @Nullable List<String> finalCodes,
        @Nullable List<String> fields,
        @Nullable Boolean oneItem,
        @Nullable Boolean ordered,
        @Nullable List<String> allowNets) {

    private static final String NONE = "none";
    private static final String ALL = "all";
    static final String NO_NAME = "is not 1 to 64 letters, digits, '-', '.' and '_'";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern ACCOUNT = Pattern.compile("[!-~]{1,128}");
    private static final int LONGEST_DESCRIPTION = 1_000;
    private static final int MOST_CONCURRENCY = 1_000;
    private static final int MOST_RATE = 100_000;
    private static final int MOST_IN_BATCH = 100;
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);

    /// The columns that it sets.
    ///
    /// @param longestTimeout beyond which a call would outlive its lease
    /// @throws BadEndpoint for all that is wrong with it
    Map<Field<?>, @Nullable Object> columns(SecretBox box, Duration longestTimeout) {
        Problems problems = new Problems();
        Map<Field<?>, @Nullable Object> columns = new HashMap<>();
        Judge judge = new Judge(problems, columns);
        judge.column("name", HOOK_ENDPOINT.NAME, name, EndpointForm::judgedName);
        judge.column("url", HOOK_ENDPOINT.URL, url, text -> HookUrl.parse(text).toString());
        judge.column("description", HOOK_ENDPOINT.DESCRIPTION, description, EndpointForm::judgedDescription);
        judge.column("events", HOOK_ENDPOINT.EVENTS, events, EndpointForm::judgedEvents);
        judge.column(
                "accounts",
                HOOK_ENDPOINT.ACCOUNTS,
                accounts,
                ids -> ids.equals(List.of(ALL)) ? null : judgedAccounts(ids));
        judge.column(
                "headers",
                HOOK_ENDPOINT.HEADERS,
                headers,
                lines -> lines.equals(List.of(NONE))
                        ? null
                        : EndpointHeaders.parse(lines).sealed(box));
        judge.column(
                "concurrency", HOOK_ENDPOINT.CONCURRENCY, concurrency, orNone(text -> number(text, MOST_CONCURRENCY)));
        judge.column("rate", HOOK_ENDPOINT.RATE, rate, orNone(text -> number(text, MOST_RATE)));
        judge.column("batch", HOOK_ENDPOINT.BATCH, batch, orNone(text -> number(text, MOST_IN_BATCH)));
        judge.column("timeout", HOOK_ENDPOINT.TIMEOUT_MS, timeout, orNone(text -> millis(text, longestTimeout)));
        judge.column(
                "final codes",
                HOOK_ENDPOINT.FINAL_CODES,
                finalCodes,
                codes -> codes.equals(List.of(NONE)) ? new Integer[0] : judgedCodes(codes));
        judge.column(
                "fields",
                HOOK_ENDPOINT.FIELDS,
                fields,
                names -> names.equals(List.of(ALL)) ? null : judgedFields(names));
        judge.column("one item", HOOK_ENDPOINT.ONE_ITEM, oneItem, Function.identity());
        judge.column("ordered", HOOK_ENDPOINT.ORDERED, ordered, Function.identity());
        judge.column(
                "allowed nets",
                HOOK_ENDPOINT.ALLOW_NETS,
                allowNets,
                nets -> nets.equals(List.of(NONE)) ? new String[0] : judgedNets(nets));
        problems.throwIfAny();
        return columns;
    }

    /// @throws BadEndpoint when it says what an endpoint of this format has not
    void refuseOutOfPlace(Endpoint.Format format) {
        switch (format) {
            case STANDARD, CHAT -> {
                if (fields != null || oneItem != null) {
                    throw new BadEndpoint(List.of("fields, and one item a call, are of the format meta: it is said when"
                            + " an endpoint is added"));
                }
            }
            case META -> {
                if (events != null) {
                    throw new BadEndpoint(
                            List.of("events are of the format standard: one of the format meta has fields"));
                }
                if (batch != null) {
                    throw new BadEndpoint(List.of("a batch is of the format standard: a payload of the format meta goes"
                            + " as Meta sent it"));
                }
                if (ordered != null) {
                    throw new BadEndpoint(List.of("an order by conversation is of the format standard: a payload of the"
                            + " format meta may hold several conversations"));
                }
            }
        }
    }

    private record Judge(Problems problems, Map<Field<?>, @Nullable Object> columns) {
        <S, T> void column(String what, Field<T> column, @Nullable S said, Function<S, @Nullable T> parser) {
            if (said != null) {
                Optional<T> value = problems.parsed(what, () -> Optional.ofNullable(parser.apply(said)));
                if (value != null) {
                    columns.put(column, value.orElse(null));
                }
            }
        }
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static String judgedName(String name) {
        refuseUnless(isName(name), NO_NAME);
        refuseUnless(!UUID.matcher(name).matches(), "looks like an endpoint's id: choose a word");
        return name;
    }

    private static String judgedDescription(String text) {
        refuseUnless(text.length() <= LONGEST_DESCRIPTION, "is longer than " + LONGEST_DESCRIPTION + " characters");
        refuseUnless(text.chars().noneMatch(Character::isISOControl), "holds control characters");
        return text;
    }

    private static String[] judgedEvents(List<String> globs) {
        refuseUnless(
                !globs.isEmpty() && globs.stream().allMatch(Globs::isGlob),
                "are not event types such as message.*,contact.created");
        refuseUnless(
                globs.stream().noneMatch(glob -> glob.startsWith(MetaPart.PREFIX)),
                "begin with meta. in part: payloads are had with --format meta");
        return globs.toArray(String[]::new);
    }

    private static String[] judgedAccounts(List<String> ids) {
        refuseUnless(
                !ids.isEmpty()
                        && ids.stream().allMatch(id -> ACCOUNT.matcher(id).matches()),
                "are not phone_number_ids, nor the word all");
        return ids.toArray(String[]::new);
    }

    private static String[] judgedFields(List<String> names) {
        refuseUnless(
                !names.isEmpty() && names.stream().allMatch(MetaPart::isField),
                "are not fields of Meta's such as messages,calls, nor the word all");
        return names.stream().distinct().toArray(String[]::new);
    }

    private static Integer[] judgedCodes(List<String> codes) {
        refuseUnless(
                !codes.isEmpty() && codes.stream().allMatch(code -> code.matches("[45]\\d\\d")),
                "are not HTTP codes from 400 to 599, nor the word none");
        refuseUnless(!codes.contains("410"), "hold 410, by which a receiver says that it wants no more calls");
        return codes.stream().distinct().map(Integer::valueOf).toArray(Integer[]::new);
    }

    private static String[] judgedNets(List<String> nets) {
        try {
            return nets.stream()
                    .peek(net -> refuseUnless(net.indexOf('%') < 0, "name a network interface"))
                    .map(net -> Cidr.parse(net).toString())
                    .distinct()
                    .sorted() // connections are kept by it
                    .toArray(String[]::new);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "are not address ranges such as 10.0.0.0/8,fd00::/8, nor the word none", e);
        }
    }

    private static Integer number(String text, int most) {
        refuseUnless(
                text.matches("[1-9]\\d{0,8}") && Integer.parseInt(text) <= most,
                "is not a number from 1 to " + most + ", nor none");
        return Integer.valueOf(text);
    }

    private static Integer millis(String text, Duration longest) {
        String form = "is not a length of time from 100 ms (PT0.1S) to " + longest.toMillis()
                + " ms, half of TWOTICK_HOOK_LEASE, such as 10s, nor none: a call that outlives its lease would be"
                + " made twice";
        Duration time;
        try {
            time = SettingsReader.parseDuration(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(form, e);
        }
        refuseUnless(time.compareTo(SHORTEST_TIMEOUT) >= 0 && time.compareTo(longest) <= 0, form);
        return (int) time.toMillis();
    }

    private static <T> Function<String, @Nullable T> orNone(Function<String, T> parser) {
        return text -> text.equals(NONE) ? null : parser.apply(text);
    }
}
