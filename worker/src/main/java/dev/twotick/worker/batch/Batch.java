package dev.twotick.worker.batch;

import dev.twotick.worker.batch.Accounts.Account;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.outbox.HookEvent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// What the tables of one transaction share: its items, whose they are, who is in them, and what they bring
/// about.
public final class Batch {
    private final DSLContext tx;
    private final Map<String, Account> accounts;
    private final List<ApplyItem<?>> items;
    private final List<HookEvent> events = new ArrayList<>();
    private final List<FailedItem> refused = new ArrayList<>();
    private final List<Fresh> fresh = new ArrayList<>();
    private ContactsOf contacts = (business, person) -> {
        throw new IllegalStateException("nobody was looked for yet");
    };

    /// A fact that nobody had told before, and whose account it is about.
    public record Fresh(ApplyItem<?> item, long accountId) {}

    /// Who is who, as `people` has found out.
    @FunctionalInterface
    public interface ContactsOf {
        UUID of(long businessId, Person person);
    }

    private Batch(DSLContext tx, List<ApplyItem<?>> all, Map<String, Account> accounts) {
        this.tx = tx;
        this.accounts = accounts;
        this.items = all.stream().filter(this::belongsHere).toList();
    }

    /// Finds the items' accounts, and leaves out the items that do not belong to one.
    ///
    /// @param known of them
    public static Batch ofAccounts(
            DSLContext tx, List<ApplyItem<?>> items, Map<String, Accounts.Known> known, boolean acceptUnknown) {
        Accounts.Found found = Accounts.find(tx, items, known, acceptUnknown);
        Batch batch = new Batch(tx, items, found.known());
        Set<String> unheard = new LinkedHashSet<>(found.discovered());
        for (ApplyItem<?> item : batch.items) {
            if (unheard.remove(item.accountId())) {
                batch.raise(Events.accountDiscovered(item, batch.accountOf(item).id()));
            }
        }
        return batch;
    }

    private boolean belongsHere(ApplyItem<?> item) {
        Account account = accounts.get(item.accountId());
        String reason = null;
        if (account == null) {
            reason = "the account is not known, and TWOTICK_ACCEPT_ACCOUNTS is known:"
                    + " add it with worker --account ID --business NAME, then replay";
        } else if (!account.accepts(item)) {
            reason = "signed by app " + item.payload().app() + ", and the account belongs to app " + account.app()
                    + ": correct account.app or TWOTICK_APP_SECRETS, then replay";
        }
        if (reason != null) {
            refused.add(new FailedItem(
                    item.payload(), item.item().path(), reason, item.item().raw(), false));
        }
        return reason == null;
    }

    public DSLContext tx() {
        return tx;
    }

    public <F extends Fact> List<ApplyItem<F>> only(Class<F> kind) {
        return ApplyItem.only(kind, items);
    }

    public Account accountOf(ApplyItem<?> item) {
        return Objects.requireNonNull(accounts.get(item.accountId()), "an item without account does not belong here");
    }

    /// The contact of somebody whom this item names.
    public UUID contactOf(ApplyItem<?> item, Person person) {
        return contacts.of(accountOf(item).businessId(), person);
    }

    /// Likewise, if it names anybody.
    public @Nullable UUID contactOrNull(ApplyItem<?> item, @Nullable Person person) {
        return person == null ? null : contactOf(item, person);
    }

    /// From now on everybody in the batch has a contact.
    public void found(ContactsOf contacts) {
        this.contacts = contacts;
    }

    public List<ApplyItem<?>> items() {
        return items;
    }

    /// Counts the fact as one that nobody had told before.
    public void fresh(ApplyItem<?> item) {
        fresh.add(new Fresh(item, accountOf(item).id()));
    }

    public void raise(HookEvent event) {
        events.add(event);
    }

    public List<HookEvent> events() {
        return events;
    }

    public List<FailedItem> refused() {
        return refused;
    }

    public List<Fresh> fresh() {
        return fresh;
    }
}
