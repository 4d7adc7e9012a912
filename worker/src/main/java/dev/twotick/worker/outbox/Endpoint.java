package dev.twotick.worker.outbox;

import dev.twotick.model.settings.Cidr;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/// An active endpoint, its secrets opened.
///
/// @param secrets every call is signed with each of them: several while one replaces another
/// @param headers that its calls carry besides ours
/// @param format in which it is told
/// @param limits what its owner has said of it
public record Endpoint(
        UUID id,
        String name,
        URI url,
        List<HookSecret> secrets,
        Map<String, String> headers,
        Format format,
        Limits limits,
        Circuit circuit) {

    public enum Format {
        /// Events in Twotick's words.
        STANDARD("standard"),
        /// Payloads as Meta sent them.
        META("meta"),
        /// Events in a sentence each, as chat webhooks take it.
        CHAT("chat");

        public final String word;

        Format(String word) {
            this.word = word;
        }

        /// @throws IllegalArgumentException when there is none of that name
        public static Format of(String word) {
            return switch (word) {
                case "standard" -> STANDARD;
                case "meta" -> META;
                case "chat" -> CHAT;
                default -> throw new IllegalArgumentException("is neither standard nor meta nor chat");
            };
        }
    }

    /// What of its own an endpoint has in place of what holds for all.
    ///
    /// @param concurrency calls at once from one worker
    /// @param batch as many events go in one call, if so many wait; empty: a call is an event
    /// @param timeout of one call
    /// @param rated calls begin at a rate that all workers share, and so none begins without a claim
    /// @param finalCodes a call that is answered so is not made again, and is no failure of the endpoint
    /// @param allowNets private ranges that it may be in, besides those that are open to all
    public record Limits(
            OptionalInt concurrency,
            OptionalInt batch,
            Duration timeout,
            boolean rated,
            Set<Integer> finalCodes,
            List<Cidr> allowNets) {
        /// No batch is longer, so that it passes where a server's limit was left as it came (nginx: 1 MiB), unless one
        /// event is.
        public static final int MOST_BYTES_OF_BATCH = 1_000_000;

        public Limits {
            finalCodes = Set.copyOf(finalCodes);
            allowNets = List.copyOf(allowNets);
        }
    }

    /// Whether calls may go there now.
    public enum Circuit {
        CLOSED,
        /// It fails: nothing goes there until the pause is over.
        PAUSED,
        /// The pause is over: one call may go there, to see.
        PROBE_DUE
    }

    public Endpoint {
        secrets = List.copyOf(secrets);
        headers = Map.copyOf(headers);
    }
}
