package dev.twotick.worker.messages;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.people.Identity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What one batch says about one message, of whatever kind and source: folded by the same rules as [Messages]
/// has for the row that is there, so that it does not matter how facts are batched.
public final class MessageDelta {
    private static final Comparator<ApplyItem<MessageTold>> STRENGTH = Comparator.<ApplyItem<MessageTold>>comparingInt(
                    i -> i.fact().contentRank())
            .thenComparing(Precedence::of)
            .thenComparingInt(i -> Identity.telling(i.fact().peer()))
            .thenComparing(i -> bytes(strongest(i.fact(), UserIdentifier::value)), Arrays::compareUnsigned)
            .thenComparing(i -> bytes(from(i.fact(), Person::waId)), Arrays::compareUnsigned);

    final UUID key;
    final long accountId;
    final Wamid wamid;

    /// The items themselves, for what else hangs on them.
    final List<ApplyItem<MessageTold>> told = new ArrayList<>(1);

    final List<ApplyItem<StatusReported>> statuses = new ArrayList<>(0);
    final List<ApplyItem<MessageTold>> reactions = new ArrayList<>(0);
    final List<ApplyItem<FlowCompleted>> flows = new ArrayList<>(0);

    private final Map<ToldBit.Teller, Instant> firstToldAt = new EnumMap<>(ToldBit.Teller.class);
    private final Map<MessageStatus, Instant> statusTimes = new EnumMap<>(MessageStatus.class);
    private int toldBits;
    private @Nullable ApplyItem<MessageTold> content;
    private @Nullable Long conversationId;
    private Heading heading = Heading.UNKNOWN;
    private MessageStatus status = MessageStatus.PENDING;
    private @Nullable Integer statusError;
    private @Nullable String recipientWaId;
    private @Nullable String recipientUserId;
    private @Nullable String groupId;
    private @Nullable Edit edit;
    private @Nullable Edit mediaEdit;
    private @Nullable Instant revokedAt;
    private @Nullable Instant registeredAt;

    /// Which way a message went, and how sure that is.
    ///
    /// @param rank as `message.direction_rank` has it
    record Heading(int rank, @Nullable String direction) {
        static final Heading UNKNOWN = new Heading(0, null);

        private static final Comparator<Heading> ORDER = Comparator.comparingInt(Heading::rank)
                .thenComparing(Heading::direction, Comparator.nullsFirst(Comparator.naturalOrder()));

        private static Heading of(int rank, @Nullable Direction direction) {
            return direction == null ? UNKNOWN : new Heading(rank, direction.word());
        }

        static Heading of(MessageTold fact) {
            return switch (fact.source()) {
                case LIVE -> of(4, Direction.INBOUND);
                case ECHO, REGISTERED -> of(3, Direction.OUTBOUND);
                case STANDBY, HISTORY_MEDIA, HISTORY -> of(2, fact.direction());
            };
        }

        /// Whoever reports on a message, or registers it, says that the business sent it.
        static Heading ofReported() {
            return of(3, Direction.OUTBOUND);
        }

        /// People edit and take back their own messages, and so does the business.
        static Heading ofTargetOf(MessageTold fact) {
            Heading own = of(fact);
            return own.direction == null ? of(1, Direction.INBOUND) : new Heading(1, own.direction);
        }

        boolean isOutbound() {
            return Direction.OUTBOUND.word().equals(direction);
        }

        Heading or(Heading other) {
            return ORDER.compare(this, other) >= 0 ? this : other;
        }
    }

    /// A new text for a message, or new media; a media message's new caption may be none. One of which neither can be
    /// read leaves what is there.
    record Edit(
            Precedence precedence,
            @Nullable String body,
            @Nullable Media media) {
        /// Without Meta's time it counts as of 1970, so that the row shows that there was one.
        static Edit of(ApplyItem<MessageTold> item) {
            return new Edit(
                    new Precedence(timeOrEpoch(item), item.item().digest()),
                    item.fact().body(),
                    item.fact().media());
        }

        private static @Nullable Edit later(@Nullable Edit one, Edit other) {
            return one == null ? other : Precedence.later(one, other, Edit::precedence);
        }
    }

    public MessageDelta(UUID key, long accountId, Wamid wamid) {
        this.key = key;
        this.accountId = accountId;
        this.wamid = wamid;
    }

    void tell(ApplyItem<MessageTold> item) {
        MessageTold fact = item.fact();
        if (item.isRegistered()) {
            registeredAt = Precedence.lesser(registeredAt, item.payload().receivedAt());
        } else {
            told.add(item);
            ToldBit as = ToldBit.of(item);
            toldBits |= as.bit();
            firstToldAt.merge(as.teller(), item.payload().receivedAt(), MessageDelta::earlier);
        }
        content = content == null ? item : stronger(content, item);
        Heading told = Heading.of(fact);
        heading = heading.or(told);
        raise(fact.historyStatus());
        groupId = Precedence.greaterText(groupId, fact.groupId());
        if (told.isOutbound() && fact.peer() != null) {
            addressedTo(fact.peer().waId(), fact.peer().userId());
        }
    }

    void report(ApplyItem<StatusReported> item) {
        StatusReported fact = item.fact();
        statuses.add(item);
        heading = heading.or(Heading.ofReported());
        MessageStatus word = MessageStatus.ofWord(fact.status()).orElse(MessageStatus.PENDING);
        raise(word);
        Instant at = item.item().occurredAt();
        if (at != null && word != MessageStatus.PENDING) {
            statusTimes.merge(word, at, MessageDelta::earlier);
        }
        statusError = Precedence.greater(statusError, fact.errorCode());
        addressedTo(fact.recipientWaId(), fact.recipientUserId());
        groupId = Precedence.greaterText(groupId, fact.groupId());
    }

    /// The operator says that it was sent.
    public void register(Instant at) {
        heading = heading.or(Heading.ofReported());
        registeredAt = at;
    }

    /// The message is the one that an item speaks about.
    void isTargetOf(ApplyItem<MessageTold> item) {
        switch (item.fact().kind()) {
            case REACTION -> reactions.add(item);
            case EDIT -> {
                heading = heading.or(Heading.ofTargetOf(item.fact()));
                Edit edited = Edit.of(item);
                edit = edited.body() != null || edited.media() != null ? Edit.later(edit, edited) : edit;
                mediaEdit = bringsMedia(edited) ? Edit.later(mediaEdit, edited) : mediaEdit;
            }
            case REVOKE -> {
                heading = heading.or(Heading.ofTargetOf(item.fact()));
                revokedAt = Precedence.lesser(revokedAt, timeOrEpoch(item));
            }
            case CONTENT, SYSTEM -> {}
        }
    }

    void completesFlow(ApplyItem<FlowCompleted> item) {
        flows.add(item);
    }

    void isIn(@Nullable Long conversation) {
        conversationId = conversation;
    }

    private void raise(@Nullable MessageStatus to) {
        status = to != null && to.rank() > status.rank() ? to : status;
    }

    private void addressedTo(@Nullable String waId, @Nullable String userId) {
        recipientWaId = Precedence.greaterText(recipientWaId, waId);
        recipientUserId = Precedence.greaterText(recipientUserId, userId);
    }

    private static boolean bringsMedia(Edit edit) {
        return edit.media != null && edit.media.id() != null;
    }

    /// The content that stands: the greatest (source's rank, Meta's time, digest); of one content under two
    /// names of its sender, which is not part of the item, the more telling.
    private static ApplyItem<MessageTold> stronger(ApplyItem<MessageTold> one, ApplyItem<MessageTold> other) {
        return STRENGTH.compare(one, other) >= 0 ? one : other;
    }

    /// Who sent it, unless the business did.
    static @Nullable String from(MessageTold fact, Function<Person, @Nullable String> id) {
        return fact.peer() == null || Heading.of(fact).isOutbound() ? null : id.apply(fact.peer());
    }

    /// The id that stands for the other side.
    static @Nullable String strongest(MessageTold fact, Function<UserIdentifier, String> part) {
        return fact.peer() == null ? null : part.apply(fact.peer().strongest());
    }

    private static byte[] bytes(@Nullable String text) {
        return text == null ? new byte[0] : text.getBytes(UTF_8);
    }

    private static Instant timeOrEpoch(ApplyItem<?> item) {
        Instant at = item.item().occurredAt();
        return at == null ? Instant.EPOCH : at;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /// The content that stands of those in the batch; null when the batch only speaks about the message.
    @Nullable
    ApplyItem<MessageTold> content() {
        return content;
    }

    /// The conversation's other side, as the content that stands names it.
    @Nullable
    Person peer() {
        return content == null ? null : content.fact().peer();
    }

    @Nullable
    Long conversationId() {
        return conversationId;
    }

    int toldBits() {
        return ToldBit.whole(toldBits);
    }

    @Nullable
    Instant firstToldAt(ToldBit.Teller teller) {
        return firstToldAt.get(teller);
    }

    Heading heading() {
        return heading;
    }

    /// Whether it may move a recipient: a message that only came in does not.
    boolean concernsCampaigns() {
        return !statuses.isEmpty()
                || status() != MessageStatus.PENDING
                || recipientWaId != null
                || recipientUserId != null;
    }

    MessageStatus status() {
        return status;
    }

    @Nullable
    Instant statusTime(MessageStatus word) {
        return word == MessageStatus.FAILED && !mayHaveFailed() ? null : statusTimes.get(word);
    }

    @Nullable
    Integer statusError() {
        return statusError;
    }

    @Nullable
    Integer contentError() {
        return content == null ? null : content.fact().errorCode();
    }

    /// Why it failed, unless it was delivered after all; else what its content says.
    @Nullable
    Integer errorCode() {
        return mayHaveFailed() && statusError != null ? statusError : contentError();
    }

    private boolean mayHaveFailed() {
        return status.rank() <= MessageStatus.FAILED.rank();
    }

    @Nullable
    String recipientWaId() {
        return recipientWaId;
    }

    @Nullable
    String recipientUserId() {
        return recipientUserId;
    }

    /// Whoever names it, a status too.
    @Nullable
    String groupId() {
        return groupId;
    }

    @Nullable
    Edit edit() {
        return edit;
    }

    /// The latest edit that brought media; one that did not leaves them as they are.
    @Nullable
    Edit mediaEdit() {
        return mediaEdit;
    }

    @Nullable
    Instant revokedAt() {
        return revokedAt;
    }

    @Nullable
    Instant registeredAt() {
        return registeredAt;
    }

    /// The text that the row would show, were there nothing but this batch.
    @Nullable
    String body() {
        if (edit != null) {
            return edit.body();
        }
        return content == null ? null : content.fact().body();
    }

    /// Likewise its media.
    @Nullable
    Media media() {
        if (mediaEdit != null) {
            return mediaEdit.media();
        }
        return content == null ? null : content.fact().media();
    }
}
