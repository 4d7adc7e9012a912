package dev.twotick.worker.outbox;

import static dev.twotick.worker.outbox.Problems.refuseUnless;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Headers that an endpoint's calls carry besides ours, such as a token for the gateway before the receiver: sealed at
/// rest, since nobody can tell which of them are secret.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-fields">RFC 9110, 5</a>
record EndpointHeaders(Map<String, String> byName) {
    static final EndpointHeaders NONE = new EndpointHeaders(Map.of());

    private static final int MOST = 32;
    private static final int LONGEST = 4_096;
    private static final Pattern LINE = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*(.*)");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7e]([\\x20-\\x7e\t]*[\\x21-\\x7e])?");

    // what frames the message or concerns one hop alone, and what a signature is read from
    private static final Set<String> OURS = Set.of(
            "host",
            "content-type",
            "content-length",
            "content-encoding",
            "transfer-encoding",
            "te",
            "trailer",
            "connection",
            "keep-alive",
            "upgrade",
            "expect");
    private static final List<String> OURS_BY_PREFIX = List.of("webhook-", "svix-", "x-hub-signature", "proxy-");

    EndpointHeaders {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /// @param lines each `Name: value`
    /// @throws IllegalArgumentException that names all that is wrong, and repeats no value
    static EndpointHeaders parse(List<String> lines) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        Problems problems = new Problems();
        for (String line : lines) {
            problems.unlessParsed("header " + name(line), () -> {
                Matcher header = LINE.matcher(line.strip());
                refuseUnless(header.matches(), "is not of the form 'Name: value', its name of letters, digits and '-'");
                judge(header.group(1), header.group(2));
                refuseUnless(headers.put(header.group(1), header.group(2)) == null, "is there twice");
            });
        }
        if (headers.size() > MOST) {
            problems.add("headers", "are more than " + MOST);
        }
        problems.throwIfAny();
        return new EndpointHeaders(headers);
    }

    private static void judge(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        refuseUnless(
                !OURS.contains(lower) && OURS_BY_PREFIX.stream().noneMatch(lower::startsWith),
                "is set by Twotick, for each call");
        refuseUnless(value.length() <= LONGEST, "has a value of more than " + LONGEST + " characters");
        refuseUnless(VALUE.matcher(value).matches(), "has a value that is empty, or not of printable ASCII");
    }

    private static String name(String line) {
        int colon = line.indexOf(':');
        String name = line.substring(0, Math.max(0, colon)).strip();
        return name.matches("[\\x21-\\x7e]{1,128}") ? name : "(no name)";
    }

    byte[] sealed(SecretBox box) {
        return box.seal(byName.entrySet().stream()
                .map(header -> header.getKey() + ": " + header.getValue())
                .collect(joining("\n"))
                .getBytes(US_ASCII));
    }

    /// @throws IllegalArgumentException when it was sealed with another key
    static EndpointHeaders open(SecretBox box, byte[] sealed) {
        return parse(Arrays.asList(new String(box.openText(sealed), US_ASCII).split("\n")));
    }
}
