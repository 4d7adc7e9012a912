package dev.twotick.worker.notices;

import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Batch;
import dev.twotick.worker.batch.ColumnGroup;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.messages.ConversationChanges;
import dev.twotick.worker.messages.Conversations.Parties;
import dev.twotick.worker.notices.Calls.Changed;
import dev.twotick.worker.notices.Calls.Peer;
import dev.twotick.worker.people.Identity;
import dev.twotick.worker.people.People;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The calls of a batch, and the windows that they open. They are no messages, and count as none.
public final class BatchCalls {
    private final Batch batch;
    private final ConversationChanges conversations;

    /// The businesses of the calls' accounts.
    private final Map<Long, Long> businesses = new HashMap<>();

    /// Writes the calls, and says which conversations they open. Whether a call's notice is new does not matter.
    public static void write(Batch batch, ConversationChanges conversations) {
        new BatchCalls(batch, conversations).write();
    }

    private BatchCalls(Batch batch, ConversationChanges conversations) {
        this.batch = batch;
        this.conversations = conversations;
    }

    private void write() {
        List<ColumnGroup.Statement<CallReported>> reports = new ArrayList<>();
        for (ApplyItem<Noticed> item : batch.only(Noticed.class)) {
            if (item.fact().effect() instanceof CallReported report) {
                Accounts.Account account = batch.accountOf(item);
                businesses.put(account.id(), account.businessId());
                reports.add(new ColumnGroup.Statement<>(account.id(), report, Precedence.of(item)));
            }
        }
        if (!reports.isEmpty()) {
            open(Calls.report(batch.tx(), reports));
        }
    }

    private void open(List<Changed> changed) {
        NavigableSet<Identity> people = new TreeSet<>();
        for (Changed call : changed) {
            with(call, call.peer(), people::add);
            with(call, call.former(), people::add);
        }
        Map<Identity, UUID> contacts = People.contacts(batch.tx(), people);
        for (Changed call : changed) {
            with(call, call.peer(), who -> {
                Consumer<Parties> change = call.openedAt() == null ? conversations::leave : conversations::open;
                parties(call, contacts.get(who), change);
            });
            if (!Objects.equals(call.former(), call.peer())) {
                with(call, call.former(), who -> parties(call, contacts.get(who), conversations::leave));
            }
        }
    }

    private void with(Changed call, @Nullable Peer peer, Consumer<Identity> then) {
        if (peer != null) {
            long business = Objects.requireNonNull(businesses.get(call.accountId()));
            then.accept(new Identity(business, peer.kind(), peer.value()));
        }
    }

    private static void parties(Changed call, @Nullable UUID contact, Consumer<Parties> then) {
        if (contact != null) {
            then.accept(Parties.withContact(call.accountId(), contact));
        }
    }
}
