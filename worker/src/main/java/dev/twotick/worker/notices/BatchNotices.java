package dev.twotick.worker.notices;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Batch;
import dev.twotick.worker.batch.ColumnGroup;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.notices.Notices.Notice;
import dev.twotick.worker.people.Identity;
import dev.twotick.worker.people.People;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/// The notices of a batch: kept, told, and what each changes beside. An effect is applied whether or not its
/// notice was new, because effects are commutative, and another content may come under a known key.
public final class BatchNotices {
    private final Batch batch;
    private final List<ColumnGroup.Statement<Effect.TemplateChanged>> templates = new ArrayList<>();
    private final List<ContactPreferences.Statement> preferences = new ArrayList<>();
    private final List<SignupSubscriptions.Statement> subscriptions = new ArrayList<>();
    private final Map<UUID, ApplyItem<Noticed>> subscribedBy = new HashMap<>();
    private final Set<Calls.Key> calls = new HashSet<>();
    private Map<Calls.Key, Calls.Standing> standing = Map.of();

    public static void write(Batch batch) {
        List<ApplyItem<Noticed>> noticed = batch.only(Noticed.class);
        if (!noticed.isEmpty()) {
            BatchNotices notices = new BatchNotices(batch);
            List<Notice> fresh = notices.keep(noticed);
            noticed.forEach(notices::effect);
            notices.writeEffects();
            fresh.forEach(notices::tell);
        }
    }

    private BatchNotices(Batch batch) {
        this.batch = batch;
    }

    /// @return those that nobody had noticed before
    private List<Notice> keep(List<ApplyItem<Noticed>> noticed) {
        Map<String, Notice> folded = new TreeMap<>();
        for (ApplyItem<Noticed> item : noticed) {
            Notice notice = new Notice(batch.accountOf(item).id(), item);
            folded.merge(notice.key(), notice, Notice::later);
        }
        Set<String> first = Notices.notice(batch.tx(), folded.values());
        return folded.values().stream().filter(n -> first.contains(n.key())).toList();
    }

    private void tell(Notice notice) {
        batch.fresh(notice.item());
        batch.raise(NoticeEvents.noticed(
                notice,
                person -> batch.contactOf(notice.item(), person),
                call -> standing.get(new Calls.Key(notice.accountId(), call.callId()))));
    }

    /// The one place that says which table an effect belongs to.
    private void effect(ApplyItem<Noticed> item) {
        long account = batch.accountOf(item).id();
        long business = batch.accountOf(item).businessId();
        switch (item.fact().effect()) {
            case Effect.TemplateChanged change ->
                templates.add(new ColumnGroup.Statement<>(account, change, Precedence.of(item)));
            case Effect.PreferenceStated stated -> {
                Identity identity = Identity.of(business, stated.person());
                UUID contact = batch.contactOf(item, stated.person());
                preferences.add(new ContactPreferences.Statement(account, identity, contact, stated, item));
            }
            case Effect.SignedUp signedUp -> {
                Identity identity = Identity.of(business, signedUp.person());
                UUID contact = batch.contactOf(item, signedUp.person());
                subscribedBy.putIfAbsent(contact, item);
                subscriptions.add(new SignupSubscriptions.Statement(
                        signedUp.signupId(),
                        identity,
                        contact,
                        item.item().occurredAt(),
                        item.payload().id()));
            }
            // written already, before the conversations were looked for: BatchCalls
            case Effect.CallReported call -> calls.add(new Calls.Key(account, call.callId()));
            // and when everybody in the batch was: Contacts
            case Effect.NameSaved _, Effect.IdentityChanged _ -> {}
            case Effect.OtherStatus _ -> {} // no table: a message knows its delivery alone
            case null -> {}
        }
    }

    /// In the order of tables.
    private void writeEffects() {
        if (!templates.isEmpty()) {
            Templates.change(batch.tx(), templates); // template
        }
        standing = Calls.standing(batch.tx(), calls);
        ContactPreferences.state(batch.tx(), preferences); // preference_statement, contact_preference
        Set<UUID> changed = SignupSubscriptions.subscribe(batch.tx(), subscriptions); // signup and what follows
        People.raiseUpdated(batch, changed, subscribedBy);
    }
}
